package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/lib/pq"
)

// read makes a value of the same type as kind out of a text, by the rules in the field's tag: min, max, oneof, check.
// The error continues a sentence that begins with the setting's name.
func read(text string, kind any, tag *kong.Tag) (any, error) {
	if options := tag.Get("oneof"); options != "" && !slices.Contains(strings.Split(options, ","), strings.ToLower(text)) {
		return nil, fmt.Errorf("%q is none of %s", text, strings.ReplaceAll(options, ",", ", "))
	}
	switch kind.(type) {
	case int:
		if tag.Get("check") == "size" {
			return parseSize(text)
		}
		value, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a whole number", text)
		}
		return value, within(value, tag, strconv.Atoi)
	case time.Duration:
		if tag.Get("check") == "lifetime" {
			return parseLifetime(text)
		}
		value, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("%q is not a time such as 30s or 1m30s", text)
		}
		return value, within(value, tag, time.ParseDuration)
	case bool:
		switch strings.ToLower(text) {
		case "true", "yes", "on", "1":
			return true, nil
		case "false", "no", "off", "0":
			return false, nil
		}
		return nil, fmt.Errorf("%q is neither true nor false", text)
	case []string:
		origins := strings.Split(text, ",")
		for i, origin := range origins {
			origins[i] = strings.TrimSpace(origin)
			if err := checkOrigin(origins[i]); err != nil {
				return nil, err
			}
		}
		return origins, nil
	case slog.Level:
		var level slog.Level
		err := level.UnmarshalText([]byte(text))
		return level, err
	}
	switch tag.Get("check") {
	case "address":
		return text, checkAddress(text)
	case "url":
		return text, checkURL(text)
	case "database":
		return text, checkDatabase(text)
	}
	return text, nil
}

// within checks the bounds in the tag.
func within[T int | time.Duration](value T, tag *kong.Tag, parse func(string) (T, error)) error {
	least, err := parse(tag.Get("min"))
	if err != nil {
		return err
	}
	most, err := parse(tag.Get("max"))
	if err != nil {
		return err
	}
	if value < least || value > most {
		return fmt.Errorf("%v is not between %v and %v", value, least, most)
	}
	return nil
}

// parseSize reads a number of bytes, KiB, MiB or GiB: 0, or 32 MiB to 1,024 GiB.
func parseSize(text string) (int, error) {
	number, unit := text, 1
	for suffix, bytes := range map[string]int{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30} {
		if cut, ok := strings.CutSuffix(text, suffix); ok {
			number, unit = cut, bytes
		}
	}
	const least, most = 32 << 20, 1 << 40
	value, err := strconv.ParseUint(number, 10, 41)
	switch {
	case err != nil || value > most/uint64(unit):
		return 0, fmt.Errorf("%q is not a size such as 512MiB", text)
	case value > 0 && int(value)*unit < least:
		return 0, fmt.Errorf("%s is less than 32MiB", text)
	}
	return int(value) * unit, nil
}

// parseLifetime reads for how long something is good: whole days as 90d, or a time as 12h; a minute at least, a hundred
// years at most.
func parseLifetime(text string) (time.Duration, error) {
	const day = 24 * time.Hour
	value, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		value = time.Duration(n) * day
	}
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is neither days such as 90d nor a time such as 12h", text)
	case value < time.Minute || value > 36_500*day:
		return 0, fmt.Errorf("%s is not between 1m and 36500d", text)
	}
	return value, nil
}

// checkAddress accepts a host and a port.
func checkAddress(text string) error {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return fmt.Errorf("%q is not an address such as 127.0.0.1:8080", text)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q has no port between 0 and 65535", text)
	}
	return nil
}

// checkOrigin accepts an origin as browsers send it. It takes none for all of them: a page of any site could then use what only this
// machine or network reaches.
func checkOrigin(text string) error {
	origin, err := url.Parse(text)
	if err != nil || origin.Scheme != "http" && origin.Scheme != "https" || origin.Host == "" || text != strings.ToLower(origin.Scheme+"://"+origin.Host) || strings.Contains(text, "*") {
		return fmt.Errorf("%q is not an origin such as https://app.example.com, in lower case and without a path", text)
	}
	return nil
}

// checkURL accepts where something is served by HTTP.
func checkURL(text string) error {
	if address, err := url.Parse(text); err != nil || address.Scheme != "http" && address.Scheme != "https" || address.Host == "" {
		return errors.New("is not an address such as http://127.0.0.1:4318")
	}
	return nil
}

// checkDatabase looks at a database's address without connecting. It repeats nothing of it: there may be a password.
func checkDatabase(text string) error {
	const form = "is not an address such as postgres://user:password@host:5432/name"
	if scheme, _, _ := strings.Cut(text, "://"); scheme != "postgres" && scheme != "postgresql" {
		return errors.New(form)
	}
	_, err := pq.NewConfig(text)
	if err == nil {
		return nil
	}
	// What net/url says of a bad address repeats parts of it.
	if errors.As(err, new(*url.Error)) {
		return errors.New(form + " (special characters of a password are written as %40 for @, %2F for /)")
	}
	return fmt.Errorf("%s (%w)", form, err)
}
