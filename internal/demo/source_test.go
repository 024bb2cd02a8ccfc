package demo

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSourcesAreThoseThatTheReadmeNames(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("data/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, packed := range map[string][]byte{"companies_nic.csv": companiesNIC, "organizations_ror.csv": organizationsROR} {
		unpacked, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(unpacked)
		if err != nil {
			t.Fatal(err)
		}
		if line := fmt.Sprintf("%x  %s\n", sha256.Sum256(text), name); !strings.Contains(string(readme), line) {
			t.Errorf("data/README.md does not have the line %s", line)
		}
	}
}

func TestReadSourceRefusesOtherColumns(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := io.WriteString(writer, "id,name\n"+strings.Repeat("1,x\n", 100)); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := readSource(nil, packed.Bytes()); err == nil || !strings.Contains(err.Error(), "columns") {
		t.Errorf("got %v, want an error about the columns", err)
	}
}

func TestAccountsRefusesBrokenTrees(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		records []record
		want    string
	}{
		"a parent that is not there": {[]record{{externalID: "a", parentExternalID: "b", name: "A"}}, "there is no parent b"},
		"a cycle":                    {[]record{{externalID: "a", parentExternalID: "b", name: "A"}, {externalID: "b", parentExternalID: "a", name: "B"}}, "its own ancestor"},
		"a blank name":               {[]record{{externalID: "a", name: " "}}, "can't be blank"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, _, _, err := accounts("Test", test.records); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestIndustryOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]industry{
		"":                           {},
		"company":                    {"COMPANY", "Company"},
		"facility; government":       {"FACILITY", "Facility"},
		"Savings & Loan Association": {"SAVINGS_LOAN_ASSOCIATION", "Savings & Loan Association"},
		"International Bank of U.S. Depository - Edge or Trust Co.": {
			"INTERNATIONAL_BANK_OF_U_S_DEPOSITORY_EDGE_OR_TRUST_CO", "International Bank of U.S. Depository - Edge or Trust Co."},
	} {
		if got := industryOf(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

func TestMailboxesAreASCII(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for n := range names() {
		first, last := nameAt(n)
		address := mailbox(first, last)
		if known[address] {
			t.Errorf("two people are %s", address)
		}
		known[address] = true
		// As many letters as the name has, apart from the apostrophe: none was dropped.
		if got, want := len(address), utf8.RuneCountInString(strings.ReplaceAll(first+"."+last, "'", "")); got != want {
			t.Errorf("%s %s: got %s", first, last, address)
		}
	}
	if names()%nameStep == 0 {
		t.Errorf("%d names and steps of %d: some names never come", names(), nameStep)
	}
}
