package client

import (
	"net/url"
	"time"
)

// Date is a day without a time: midnight UTC.
type Date struct{ time.Time }

// MarshalJSON writes the day as the server reads it, as "2026-01-31".
func (d Date) MarshalJSON() ([]byte, error) { return []byte(d.Format(`"` + time.DateOnly + `"`)), nil }

// UnmarshalJSON reads a day as the server writes it.
func (d *Date) UnmarshalJSON(text []byte) (err error) {
	d.Time, err = time.Parse(`"`+time.DateOnly+`"`, string(text))
	return err
}

// URL is an absolute address with http or https.
type URL struct{ url.URL }

// MarshalText writes the address.
func (u URL) MarshalText() ([]byte, error) { return u.MarshalBinary() }

// UnmarshalText reads an address.
func (u *URL) UnmarshalText(text []byte) error { return u.UnmarshalBinary(text) }
