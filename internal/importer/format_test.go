package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"github.com/accountgraph/accountgraph/db"
)

const umlauts = "external_id,name\n1,Zürich €\n2,Ærø\n"

func encoded(t *testing.T, name string) string {
	t.Helper()
	var text string
	var err error
	switch name {
	case "UTF-8":
		return umlauts
	case "UTF-8 with a mark":
		return "\ufeff" + umlauts
	case "UTF-16LE with a mark":
		text, err = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(umlauts)
	case "UTF-16BE with a mark":
		text, err = unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().String(umlauts)
	case "UTF-16LE":
		text, err = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().String(umlauts)
	case "UTF-16BE":
		text, err = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder().String(umlauts)
	case "Windows-1252":
		text, err = charmap.Windows1252.NewEncoder().String(umlauts)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, name := range []string{"UTF-8", "UTF-8 with a mark", "UTF-16LE with a mark", "UTF-16BE with a mark", "UTF-16LE", "UTF-16BE", "Windows-1252"} {
		w := w.beside(name)
		w.t = t
		got := w.run(encoded(t, name), crm())
		equal(t, name, w.tree(), []string{"1 Zürich €", "2 Ærø"})
		if want := strings.ToLower(strings.TrimSuffix(name, " with a mark")); got.job.Encoding != want {
			t.Errorf("%s: got the encoding %s, want %s", name, got.job.Encoding, want)
		}
	}
	t.Run("another, that is named", func(t *testing.T) {
		w := w.beside("named")
		o := crm()
		o.Encoding = "iso-8859-2"
		w.run("external_id,name\n1,\xa3\xf3d\xbc\n", o)
		equal(t, "accounts", w.tree(), []string{"1 Łódź"})
		o.Encoding = "klingon"
		_, err := w.start(umlauts, o)
		equal(t, "problems", problemsOf(t, err), []string{`encoding INVALID: "klingon" is no encoding: use a name such as utf-8, utf-16le, windows-1252 or iso-8859-2`})
	})
	t.Run("a few bytes that are not UTF-8 spoil their rows only", func(t *testing.T) {
		w := w.beside("broken")
		got := w.run("external_id,name\n1,Zürich\n2,Z\xfcrich\n3,Köln\x00\n4,Bern ß\n", crm())
		equal(t, "accounts", w.tree(), []string{"1 Zürich", "4 Bern ß"})
		equal(t, "rejects", got.rejects, []string{"3 name INVALID", "4 name INVALID"})
		if !strings.Contains(got.file, "Z\ufffdrich") || !utf8.ValidString(got.file) {
			t.Errorf("got the file of rejected rows %q", got.file)
		}
	})
}

func TestDialects(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for name, test := range map[string]struct {
		text      string
		delimiter byte
		line      int
	}{
		"semicolons that the first line names":      {"sep=;\r\nexternal_id;name\r\n1;Acme, \"Ltd\"\r\n2;\"Acme, \"\"Ltd\"\"\"\r\n", ';', 3},
		"a delimiter that names are full of":        {"SEP=|\nnote, new|external_id|name, first\n|1\n|2|\"Acme, \"\"Ltd\"\"\"\n", '|', 3},
		"a first line, a mark of byte order before": {"\ufeffsep=\t\nexternal_id\tname\n1\n2\t\"Acme, \"\"Ltd\"\"\"\n", '\t', 3},
		"bars":                                    {"external_id|name\n1\n2|\"Acme, \"\"Ltd\"\"\"\n", '|', 2},
		"carriage returns":                        {"external_id,name\r1\r2,\"Acme, \"\"Ltd\"\"\"\r", ',', 2},
		"carriage returns, none at the end":       {"external_id,name\r1\r2,\"Acme, \"\"Ltd\"\"\"", ',', 2},
		"carriage returns and a named delimiter":  {"sep=;\rexternal_id;name\r1\r2;\"Acme, \"\"Ltd\"\"\"\r", ';', 3},
		"line feeds, and a carriage return alone": {"external_id,name\n1,a\r2,b\n2,\"Acme, \"\"Ltd\"\"\"\n", ',', 2},
	} {
		w := w.beside(name)
		w.t = t
		o := crm()
		o.Map = []Mapping{{"name, first", "name"}}
		if !strings.Contains(test.text, "name, first") {
			o.Map = nil
		}
		got := w.run(test.text, o)
		equal(t, name, w.tree(), []string{`2 Acme, "Ltd"`})
		equal(t, name, got.rejects, []string{fmt.Sprintf("%d INVALID", test.line)})
		equal(t, "delimiter of "+name, got.job.Delimiter, test.delimiter)
	}
	t.Run("a first line that names another is the header", func(t *testing.T) {
		_, err := w.start("sep=#\nexternal_id#name\n", crm())
		equal(t, "problems", problemsOf(t, err), []string{"file REQUIRED: there is no column external_id, which tells the accounts from each other: map one to it"})
	})
	t.Run("rows with carriage returns are counted", func(t *testing.T) {
		s, err := readSurvey(strings.NewReader("external_id,name\r1,a\r2,b\r"))
		equal(t, "lines", []any{s.lines, err}, []any{3, nil})
	})
}

// numbered repeats a format with the numbers from 1.
func numbered(format string, n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, format, i+1)
	}
	return text.String()
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for name, test := range map[string]struct {
		text    string
		options Options
		want    []string
	}{
		"empty":      {"", crm(), []string{"file REQUIRED: the file is empty: its first line must name the columns"}},
		"only lines": {"\n\r\n\n", crm(), []string{"file REQUIRED: the file is empty: its first line must name the columns"}},
		"no header":  {"1,Acme\n", crm(), []string{"file REQUIRED: there is no column external_id, which tells the accounts from each other: map one to it"}},
		"all at once": {
			"Name,NAME ,status,is_active,secondary_domains,annual_revenue_currency\n",
			Options{Entity: db.ImportAccounts, Map: []Mapping{{"nix", "name"}, {"name", "nam"}, {"Nix", ""}}},
			[]string{
				`columns NOT_FOUND: "name" is mapped to "nam", and there is no such field: there are FIELDS`,
				`columns DUPLICATE: the column "Nix" is mapped twice`,
				`file DUPLICATE: the columns 1 and 2 are both named "NAME"`,
				`file DUPLICATE: the columns "status" and "is_active" are both read into isActive: map one of them to nothing`,
				`columns NOT_FOUND: there is no column "nix" in the file: it has "Name", "NAME ", "status", "is_active", "secondary_domains", "annual_revenue_currency"`,
				`file REQUIRED: there is no column external_id, which tells the accounts from each other: map one to it`,
				`file REQUIRED: there is a column secondary_domains and none for primary_domain`,
				`file REQUIRED: there is a column annual_revenue_currency and none for annual_revenue`,
			},
		},
		"no source":      {"external_id,name\n", Options{Entity: db.ImportAccounts}, []string{"file REQUIRED: there is no column source: say whose the external ids are with a source for the whole file, or map a column to it"}},
		"broken header":  {"external_id,\"name\n1,Acme\n", crm(), []string{`file INVALID: the header can't be read: a quote (") is opened and not closed within 1048576 bytes`}},
		"binary":         {"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00", crm(), []string{"file INVALID: the name of column 1 has the control character U+007F: is this a text file? A spreadsheet has to be saved as CSV first"}},
		"a NUL":          {"external_id,na\x00me\n", Options{Entity: db.ImportAccounts, Source: "crm", Map: []Mapping{{"na\x00me", "name"}}}, []string{"file INVALID: the name of column 2 has the control character U+0000: is this a text file? A spreadsheet has to be saved as CSV first"}},
		"a blank source": {"external_id,name\n", Options{Entity: db.ImportAccounts, Source: " "}, []string{"source REQUIRED: the source can't be blank"}},
		"a long source":  {"email,first_name\n", Options{Entity: db.ImportContacts, Source: strings.Repeat("x", 256)}, []string{"source TOO_LONG: the source is 256 characters long: the limit is 255"}},
		"many columns": {numbered("c%d,", 60) + strings.Repeat("b", 100) + "\n", Options{Entity: db.ImportAccounts, Source: "crm", Map: []Mapping{{"x", "name"}}}, []string{
			`columns NOT_FOUND: there is no column "x" in the file: it has ` + numbered(`"c%d", `, 50) + `and 11 more`,
			"file REQUIRED: there is no column external_id, which tells the accounts from each other: map one to it",
		}},
		"a long name": {strings.Repeat("b", 100) + "\n", Options{Entity: db.ImportAccounts, Source: "crm", Map: []Mapping{{"x", "external_id"}}}, []string{
			`columns NOT_FOUND: there is no column "x" in the file: it has "` + strings.Repeat("b", 80) + `"`,
			"file REQUIRED: there is no column external_id, which tells the accounts from each other: map one to it",
		}},
		"mapped to none": {"external_id,name\n", Options{Entity: db.ImportAccounts, Source: "crm", Map: []Mapping{{"external_id", ""}}}, []string{"file REQUIRED: there is no column external_id, which tells the accounts from each other: map one to it"}},
	} {
		_, err := w.start(test.text, test.options)
		got := problemsOf(t, err)
		for i := range got {
			got[i] = strings.ReplaceAll(got[i], strings.Join(names(accountFields), ", "), "FIELDS")
		}
		equal(t, name, got, test.want)
	}
	equal(t, "imports that were begun", one[int](w, "SELECT count(*) FROM imports"), 0)
	t.Run("columns are mapped to fields", func(t *testing.T) {
		o := crm()
		o.Map = []Mapping{{"Kundennummer", "external_id"}, {"Firma", "name"}, {"name", ""}}
		got := w.run("Kundennummer;Firma;Name\n1;Acme;x\n", o)
		equal(t, "accounts", w.tree(), []string{"1 Acme"})
		equal(t, "ignored", got.job.Ignored, []string{"Name"})
	})
	t.Run("columns without a name are told by their place", func(t *testing.T) {
		equal(t, "ignored", w.run("external_id,name,,\"two\nlines\",\n1,Acme,,,\n", crm()).job.Ignored, []string{"column 3", "two\nlines", "column 5"})
	})
	t.Run("a header alone is an import of nothing", func(t *testing.T) {
		equal(t, "counts", w.run("external_id,name\n", crm()).counts(), "")
	})
}

func TestBrokenRows(t *testing.T) {
	t.Parallel()
	w := setup(t)
	t.Run("are told with their line, and the rest goes in", func(t *testing.T) {
		w := w.beside("lines")
		w.t = t
		var text strings.Builder
		text.WriteString("external_id,name\n")
		for line := 2; line <= 1250; line++ {
			switch line {
			case 345:
				fmt.Fprintf(&text, "%d,\"open\n", line)
			case 346:
				fmt.Fprintf(&text, "%d,\"closed, and \"\"quoted\"\"\"\n", line)
			case 700:
				fmt.Fprintf(&text, "%d,an inch is 1\" long\n", line)
			case 701:
				fmt.Fprintf(&text, "%d,\"one\" two\n", line)
			case 800:
				fmt.Fprintf(&text, "%d\n", line)
			case 801:
				fmt.Fprintf(&text, "%d,three,cells\n", line)
			case 802:
				fmt.Fprintf(&text, "%d,trailing,,\n", line)
			case 900:
				fmt.Fprintf(&text, "%d,%s\n", line, strings.Repeat("x", 5<<20))
			case 901:
				fmt.Fprintf(&text, "%d,\"%s\"\n", line, strings.Repeat("y", 5<<20))
			default:
				fmt.Fprintf(&text, "%d,Name\n", line)
			}
		}
		text.WriteString(`1251,"never closed` + "\n1252,Last")
		got := w.run(text.String(), crm())
		equal(t, "rejects", got.rejects, []string{"345 INVALID", "700 INVALID", "701 INVALID", "800 INVALID", "801 INVALID", "900 TOO_LONG", "901 TOO_LONG", "1251 INVALID"})
		equal(t, "counts", got.counts(), "1251 rows, 1243 created, 8 rejected")
		if !strings.Contains(got.file, "700,,,INVALID,") || !strings.Contains(got.file, `,700,"an inch is 1"" long"`) || len(got.file) > 20_000 {
			t.Errorf("got a file of rejected rows of %d bytes: %.3000s", len(got.file), got.file)
		}
	})
	t.Run("are none where all cells are blank", func(t *testing.T) {
		w := w.beside("blank")
		w.t = t
		got := w.run(",\n\nexternal_id,name\n,\n1,One\n , \n   \n2,Two\n,,\n\"\",\n", crm())
		equal(t, "counts", got.counts(), "2 rows, 2 created")
	})
	t.Run("are none where files were put together", func(t *testing.T) {
		w := w.beside("marks")
		w.t = t
		equal(t, "rejects", w.run("\ufeffexternal_id,name,description\n1,One,\n\ufeff2,Two,\n\ufeff\"3\",\"\ufeffThree\",\"a\n\ufeffb\"\n", crm()).rejects, []string(nil))
		equal(t, "accounts", w.tree(), []string{"1 One", "2 Two", "3 Three"})
		equal(t, "a mark within a text", *w.account("3").Description, "a\n\ufeffb")
	})
	t.Run("may be all there are", func(t *testing.T) {
		w := w.beside("all")
		w.t = t
		equal(t, "counts", w.run("external_id,name,employees\n,x,1\n2,,1\n3,x,many\n", crm()).counts(), "3 rows, 3 rejected")
	})
}

// readAll reads all rows of a text.
func readAll(text string, delimiter byte) ([]record, error) {
	buffered, err := decoded(strings.NewReader(text), utf8Name)
	if err != nil {
		return nil, err
	}
	r := newRecords(buffered, delimiter)
	var all []record
	for {
		next, err := r.next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		next.cells = append([]string{}, next.cells...)
		all = append(all, next)
	}
}

// FuzzRecords reads any bytes: what encoding/csv reads is read as it does, and what it does not is told.
func FuzzRecords(f *testing.F) {
	for _, text := range []string{"", "a,b\n1,2\n", "a;\"b\nc\";d\r\n", "\"\"\"\",\"\n", "a\"b\n\"c\"d\n", "\xff\xfea\x00", "\r\r\n", "\"a\"\r\r\nb\n", "\n\n\"x\n\n\"\n", "\ufeff\ufeffa\n\ufeff\"b\"\n\ufeff", "\ufeffa\n", ",\n , \na,b"} {
		f.Add(text, byte(','))
	}
	f.Fuzz(func(t *testing.T, text string, delimiter byte) {
		if delimiter != ',' && delimiter != ';' && delimiter != '\t' {
			return
		}
		got, err := readAll(text, delimiter)
		if err != nil {
			t.Fatal(err)
		}
		line, broken := 0, false
		for _, r := range got {
			if r.line <= line || len(r.cells) == 0 {
				t.Fatalf("got %+v after line %d", r, line)
			}
			line, broken = r.line, broken || r.defect != nil
		}
		if text = strings.TrimPrefix(text, "\ufeff"); strings.Contains(text, "\ufeff") {
			return // encoding/csv knows no byte order marks
		}
		reader := csv.NewReader(strings.NewReader(text))
		reader.Comma, reader.FieldsPerRecord = rune(delimiter), -1
		want, err := reader.ReadAll()
		if err != nil || broken {
			if (err != nil) != broken {
				t.Fatalf("got %+v, where encoding/csv says %v", got, err)
			}
			return
		}
		if len(got) != len(want) {
			t.Fatalf("got %d rows, want %d", len(got), len(want))
		}
		for i := range want {
			equal(t, "cells", got[i].cells, want[i])
		}
	})
}

func FuzzSurvey(f *testing.F) {
	for _, text := range []string{"", "a", "\xef\xbb\xbfa", "\xff\xfea\x00", "a\x00b\x00", "Z\xfcrich", "Zürich", "a\rb\r"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := readSurvey(strings.NewReader(text))
		lines := strings.Count(text, "\n")
		if lines == 0 {
			lines = strings.Count(text, "\r")
		}
		if err != nil || s.size != int64(len(text)) || s.lines != lines || (s.broken == 0) != utf8.ValidString(text) {
			t.Fatalf("got %+v, %v", s, err)
		}
		if _, err := decoded(strings.NewReader(text), s.encodingName()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestListsAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.StringMatching(`[a;:\\]{0,5}[a-z]`), 0, 4).Draw(t, "values")
		got := splitList(joinList(values))
		if len(got) != len(values) || strings.Join(got, "|") != strings.Join(values, "|") {
			t.Fatalf("got %q, want %q", got, values)
		}
		scope, value := rapid.StringMatching(`[a;:\\]{1,6}`).Draw(t, "scope"), rapid.StringMatching(`[a;:\\]{0,6}`).Draw(t, "value")
		s, v, ok := splitPair(joinPair(scope, value))
		if !ok || s != scope || v != value {
			t.Fatalf("got %q %q, want %q %q", s, v, scope, value)
		}
	})
}
