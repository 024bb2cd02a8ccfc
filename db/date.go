package db

import (
	"strings"
	"time"
)

// ParseDate reads a day (RFC 3339 full-date, as 2026-01-31) of the years 1 to 9999: midnight UTC. The error is a *Problem.
func ParseDate(text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, strings.TrimSpace(text))
	if err != nil || day.Year() < 1 {
		return time.Time{}, problem(ProblemInvalid, "%s is not a day such as \"2026-01-31\"", shown(text))
	}
	return day, nil
}

// dateText is a day as SQL reads it, whatever the session's time zone, and as events keep it.
func dateText(day *time.Time) *string {
	if day == nil {
		return nil
	}
	text := day.Format(time.DateOnly)
	return &text
}
