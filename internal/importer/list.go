package importer

import "strings"

// A cell with several values has a ; between them. A value that has one itself, or a \, has a \ before it.

var listEscapes = strings.NewReplacer(`\`, `\\`, `;`, `\;`)

// joinList writes values into one cell.
func joinList(values []string) string {
	escaped := make([]string, len(values))
	for i, value := range values {
		escaped[i] = listEscapes.Replace(value)
	}
	return strings.Join(escaped, ";")
}

// splitList reads the values out of a cell; blank ones are none.
func splitList(text string) []string {
	var values []string
	for _, value := range splitEscaped(text, ';', -1) {
		if strings.TrimSpace(value) != "" {
			values = append(values, unescaped(value))
		}
	}
	return values
}

// joinPair writes what belongs to a scope, as the id of another system, into a value of a list.
func joinPair(scope, value string) string {
	return strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace(scope) + ":" + value
}

// splitPair reads it back. There is no pair without a colon.
func splitPair(text string) (scope, value string, ok bool) {
	parts := splitEscaped(text, ':', 2)
	if len(parts) < 2 {
		return "", text, false
	}
	return unescaped(parts[0]), parts[1], true
}

// splitEscaped cuts a text at a separator that has no \ before it, into so many parts at most; -1 is any number.
func splitEscaped(text string, separator byte, most int) []string {
	var parts []string
	begin := 0
	for i := 0; i < len(text) && len(parts) != most-1; i++ {
		switch text[i] {
		case '\\':
			i++
		case separator:
			parts = append(parts, text[begin:i])
			begin = i + 1
		}
	}
	return append(parts, text[begin:])
}

// unescaped takes the \ away; one at the end stands for itself.
func unescaped(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		out.WriteByte(text[i])
	}
	return out.String()
}
