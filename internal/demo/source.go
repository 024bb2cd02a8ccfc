package demo

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the sources
	"encoding/csv"
	"errors"
	"fmt"
	"io"
)

var (
	//go:embed data/companies_nic.csv.gz
	companiesNIC []byte
	//go:embed data/organizations_ror.csv.gz
	organizationsROR []byte
)

// record is a row of a source, as it is there.
type record struct {
	externalID, parentExternalID             string
	name                                     string
	primaryDomain, secondaryDomains, website string
	country, region, city                    string
	status, industry, source                 string
}

const header = "external_id,parent_external_id,name,primary_domain,secondary_domains,website,country,region,city,status,industry,source\n"

// readSources returns the rows of both sources in the order of the files, NIC first.
func readSources() ([]record, error) {
	var records []record
	for _, packed := range [][]byte{companiesNIC, organizationsROR} {
		var err error
		if records, err = readSource(records, packed); err != nil {
			return nil, fmt.Errorf("read the demo's companies: %w", err)
		}
	}
	return records, nil
}

func readSource(records []record, packed []byte) ([]record, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	first := make([]byte, len(header))
	if _, err := io.ReadFull(unpacked, first); err != nil {
		return nil, err
	}
	if string(first) != header {
		return nil, fmt.Errorf("the columns are %q", first)
	}
	rows := csv.NewReader(unpacked)
	rows.FieldsPerRecord = 12
	rows.ReuseRecord = true // only the slice: the texts are the record's own
	for {
		f, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return nil, err
		}
		records = append(records, record{
			externalID: f[0], parentExternalID: f[1], name: f[2], primaryDomain: f[3], secondaryDomains: f[4], website: f[5],
			country: f[6], region: f[7], city: f[8], status: f[9], industry: f[10], source: f[11],
		})
	}
}
