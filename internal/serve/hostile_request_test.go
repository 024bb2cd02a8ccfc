package serve

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

func repeat(text string, n int) string { return strings.Repeat(text, n) }

// repeatNumbered repeats a format with the numbers from 0.
func repeatNumbered(format string, n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, format, i)
	}
	return text.String()
}

// packed is a gigabyte of zeros as gzip has it: 256 members of four megabytes.
func packed() string {
	var member bytes.Buffer
	w := gzip.NewWriter(&member)
	_, _ = w.Write(make([]byte, 4<<20)) // a buffer takes everything
	_ = w.Close()
	return repeat(member.String(), 256)
}

// hostile are requests that nobody sends in good faith, by what they are, with the code that must come back. Those that are fine are odd,
// and harmless.
func (d *door) hostile() map[string]struct {
	request *http.Request
	code    string
} {
	const parse, validation, complexity, input = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "TOO_COMPLEX", "BAD_USER_INPUT"
	const byFilter = `query($f: AccountFilter) { accounts(filter: $f) { nodes { id } } }`
	type hostile = struct {
		request *http.Request
		code    string
	}
	header := func(r *http.Request, pairs ...string) *http.Request {
		for i := 0; i < len(pairs); i += 2 {
			r.Header.Set(pairs[i], pairs[i+1])
		}
		return r
	}
	get := func(query string) *http.Request {
		r := d.post("")
		r.Method, r.Body, r.ContentLength, r.URL.RawQuery = http.MethodGet, nil, 0, query
		r.Header.Del("Content-Type")
		return r
	}
	var spreads strings.Builder
	for i := range 300 {
		fmt.Fprintf(&spreads, "fragment F%d on Query { ...F%d ...F%d } ", i, i+1, i+1)
	}
	spreads.WriteString("fragment F300 on Query { __typename }")
	aliases := repeatNumbered("a%d: __typename ", 1000)
	files := func(operations, files string) *http.Request {
		part := "--x\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n"
		return header(d.post(fmt.Sprintf(part+part+part+"--x--\r\n", "operations", operations, "map", files, "0", "name")),
			"Content-Type", "multipart/form-data; boundary=x", "GraphQL-Preflight", "1")
	}
	return map[string]hostile{
		"30 megabytes of variables beside a file": {files(`{"query":"{ viewer { role } }","variables":{"a":"`+repeat("a", 30<<20)+`"}}`, "{}"), input},
		"one file 100,000 times":                  {files(`{"query":"{ viewer { role } }"}`, `{"0":[`+repeat(`"variables.a",`, 100_000)+`"variables.a"]}`), input},
		"a file for no variable":                  {files(`{"query":"{ viewer { role } }"}`, `{"0":["variables.a.7.b"]}`), input},
		"20,000 open braces":                      {d.query(repeat("{", 20_000), ""), parse},
		"20,000 open braces of fields":            {d.query(repeat("{a", 20_000), ""), complexity},
		"2,000 open braces":                       {d.query(repeat("{a", 2_000), ""), complexity},
		"a list value of 50,000 brackets":         {d.query(`{ accounts(filter: {id: {in: `+repeat("[", 50_000), ""), complexity},
		"a list value of 2,000 brackets":          {d.query(`{ accounts(filter: {id: {in: `+repeat("[", 2_000)+repeat("]", 2_000)+`}}) { nodes { id } } }`, ""), complexity},
		"a type of 2,000 brackets":                {d.query(`query($x: `+repeat("[", 2_000)+"Int"+repeat("]", 2_000)+`) { __typename }`, ""), complexity},
		"a filter nested 5,000 deep":              {d.query(`{ accounts(filter: `+repeat("{not: ", 5_000)+"{}"+repeat("}", 5_000)+`) { nodes { id } } }`, ""), complexity},
		"a filter nested 1,000 deep":              {d.query(`{ accounts(filter: `+repeat("{not: ", 1_000)+"{}"+repeat("}", 1_000)+`) { nodes { id } } }`, ""), complexity},
		"a filter nested 5,000 deep in variables": {d.query(byFilter, `{"f":`+repeat(`{"not":`, 5_000)+"{}"+repeat("}", 5_000)+"}"), input},
		"variables nested 500,000 deep":           {d.query(byFilter, `{"f":`+repeat(`{"not":`, 500_000)+"{}"+repeat("}", 500_000)+"}"), input},
		"a filter of 100,000 parts":               {d.query(byFilter, `{"f":{"or":[`+repeat("{},", 100_000)+"{}]}}"), complexity},
		"a filter whose parts are nulls":          {d.query(byFilter, `{"f":{"or":[`+repeat("null,", 1_000)+"null]}}"), validation},
		"300,000 ids":                             {d.query(`query($ids: [ID!]!) { accountsByIds(ids: $ids) { id } }`, `{"ids":[`+repeat(`"x",`, 300_000)+`"x"]}`), input},
		"brackets in a variable":                  {d.query(`query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, `{"ids":`+repeat("[", 9_000)+repeat("]", 9_000)+"}"), validation},
		"metadata nested 9,000 deep":              {d.query(`mutation($m: JSON) { createAccount(input: {name: "N", primaryDomain: "n.com", metadata: $m}) { userErrors { code } } }`, `{"m":`+repeat(`{"a":`, 9_000)+"1"+repeat("}", 9_000)+"}"), fine},
		"fragments in a circle":                   {d.query(`{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }`, ""), validation},
		"a fragment that spreads itself":          {d.query(`{ ...A } fragment A on Query { ...A viewer { role } }`, ""), validation},
		"300 fragments that double":               {d.query(`{ ...F0 } `+spreads.String(), ""), fine},
		"1,000 aliases":                           {d.query("{ "+aliases+"}", ""), complexity},
		"1,000 operations":                        {d.query(repeatNumbered("query Q%d { __typename } ", 1000), ""), validation},
		"1,000 variables":                         {d.query("query("+repeatNumbered("$v%d: Int ", 1000)+") { __typename }", ""), validation},
		"1,000 directives":                        {d.query("{ viewer "+repeat("@skip(if: false) ", 1_000)+"{ role } }", ""), complexity},
		"1,000 unknown directives":                {d.query("{ viewer "+repeat("@x ", 1_000)+"{ role } }", ""), validation},
		"1,000 fields that do not exist":          {d.query("{ "+repeat("nothing ", 90)+aliases+"}", ""), validation},
		"the schema's text 2,025 times":           {d.query("{ "+repeatNumbered("a%d: _service { ...F } ", 45)+"} fragment F on _Service { "+repeatNumbered("a%d: sdl ", 45)+"}", ""), complexity},
		"the schema's fields 27,000 times":        {d.query("{ "+repeatNumbered("a%d: __schema { ...F } ", 30)+"} fragment F on __Schema { "+repeatNumbered("a%d: types { ...G } ", 30)+"} fragment G on __Type { "+repeatNumbered("a%d: fields { name } ", 30)+"}", ""), complexity},
		"introspection of itself":                 {d.query("{ __schema { types { "+repeat("fields { type { ", 12)+"name"+repeat(" } }", 12)+" } } }", ""), validation},
		"a text of 70,000 characters":             {d.query(`{ accountByDomain(domain: "`+repeat("a", 70_000)+`") { id } }`, ""), complexity},
		"a domain of a megabyte":                  {d.query(`query($d: Domain!) { accountByDomain(domain: $d) { id } }`, `{"d":"`+repeat("a.", 500_000)+`com"}`), input},
		"an e-mail address of a megabyte":         {d.query(`query($e: EmailAddress!) { accountByEmail(email: $e) { id } }`, `{"e":"`+repeat("a", 1_000_000)+`@a.com"}`), input},
		"a cursor of a megabyte":                  {d.query(`query($c: Cursor) { accounts(after: $c) { nodes { id } } }`, `{"c":"`+repeat("A", 1_000_000)+`"}`), input},
		"an id of a megabyte":                     {d.query(`query($i: ID!) { account(id: $i) { id } }`, `{"i":"acc_`+repeat("0", 1_000_000)+`"}`), input},
		"a pattern of percent signs":              {d.query(byFilter, `{"f":{"name":{"contains":"`+repeat("%_", 100_000)+`"}}}`), fine},
		"a block string that does not end":        {d.query(`{ accountByDomain(domain: """`+repeat("a", 60_000), ""), parse},
		"a number of a million digits":            {d.query(`query($n: Int) { accounts(first: $n) { nodes { id } } }`, `{"n":`+repeat("9", 1_000_000)+"}"), validation},
		"an exponent of a million":                {d.query(byFilter, `{"f":{"annualRevenue":{"gt":"1e1000000"}}}`), input},
		"an exponent of a milliard as a number":   {d.query(byFilter, `{"f":{"annualRevenue":{"gt":1e1000000000}}}`), input},
		"a decimal of a million digits":           {d.query(byFilter, `{"f":{"annualRevenue":{"gt":"`+repeat("9", 1_000_000)+`"}}}`), input},
		"a number beyond 64 bits":                 {d.query(`{ accounts(first: 99999999999999999999) { nodes { id } } }`, ""), validation},
		"a number beyond 32 bits":                 {d.query(`{ accounts(filter: {employees: {gt: 9223372036854775807}}) { nodes { id } } }`, ""), fine},
		"not a number":                            {d.query(`query($n: Int) { accounts(first: $n) { nodes { id } } }`, `{"n":NaN}`), input},
		"a NUL in the query":                      {d.query("{ viewer { role } }\x00", ""), parse},
		"a NUL in a text":                         {d.query(`{ accountByExternalId(source: "a\u0000b", id: "1") { id } }`, ""), input},
		"a NUL in a variable":                     {d.query(byFilter, `{"f":{"name":{"equals":"a\u0000b"}}}`), input},
		"a NUL in the body":                       {d.post("{\"query\":\x00}"), input},
		"bytes that are not UTF-8":                {d.post("{\"query\":\"{ viewer { role } }\xff\"}"), input},
		"bytes that are not UTF-8 in a variable":  {d.post("{\"query\":\"{ viewer { role } }\",\"variables\":{\"a\":\"\xc3\x28\"}}"), input},
		"half a character outside of the plane":   {d.query(byFilter, `{"f":{"name":{"equals":"\ud800"}}}`), fine},
		"half a character in the query":           {d.query(`{ accountByExternalId(source: "\ud800", id: "1") { id } }`, ""), fine},
		"a mark of byte order":                    {d.post("\ufeff{\"query\":\"{ viewer { role } }\"}"), input},
		"UTF-16":                                  {d.post("\xff\xfe{\x00\"\x00"), input},
		"a body of 10 MB":                         {d.query("{ viewer { role } }", `{"a":"`+repeat("x", 10<<20)+`"}`), input},
		"a body of 10 MB of unknown length": {header(func() *http.Request {
			r := d.post("")
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(repeat(" ", 10<<20))), -1
			return r
		}()), input},
		"a gigabyte in a megabyte of gzip":        {header(d.post(packed()), "Content-Encoding", "gzip"), input},
		"a coding that nobody knows":              {header(d.query("{ viewer { role } }", ""), "Content-Encoding", "x-secret"), input},
		"a million brackets":                      {d.post(repeat("[", 1_000_000)), input},
		"a million objects":                       {d.post(repeat(`{"a":`, 600_000)), input},
		"a list of operations":                    {d.post(`[` + repeat(`{"query":"{ viewer { role } }"},`, 1_000) + `{}]`), input},
		"a key that occurs twice":                 {d.post(`{"query":"{ nothing }","query":"{ viewer { role } }"}`), fine},
		"100,000 keys":                            {d.post(`{"query":"{ viewer { role } }"` + repeat(`,"a":1`, 100_000) + "}"), fine},
		"a query that is a number":                {d.post(`{"query":1}`), input},
		"a query that is a list":                  {d.post(`{"query":["{ viewer { role } }"]}`), input},
		"no query":                                {d.post(`{"query":null}`), input},
		"variables that are a list":               {d.post(`{"query":"{ viewer { role } }","variables":[1]}`), input},
		"variables that are a text":               {d.post(`{"query":"{ viewer { role } }","variables":"{}"}`), input},
		"a name of a megabyte":                    {d.post(`{"query":"{ viewer { role } }","operationName":"` + repeat("a", 1_000_000) + `"}`), validation},
		"extensions nested 9,000 deep":            {d.post(`{"query":"{ viewer { role } }","extensions":{"a":` + repeat("[", 9_000) + repeat("]", 9_000) + "}}"), fine},
		"a persisted query that nobody persisted": {d.post(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`), "PERSISTED_QUERY_NOT_FOUND"},
		"a megabyte for a hash":                   {d.post(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"` + repeat("a", 1_000_000) + `"}}}`), "PERSISTED_QUERY_NOT_FOUND"},
		"a hash of another text":                  {d.post(`{"query":"{ viewer { role } }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}`), input},
		"a document that nobody trusts":           {d.post(`{"documentId":"` + repeat("a", 1_000_000) + `"}`), "DOCUMENT_NOT_FOUND"},
		"what follows the body":                   {d.post(`{"query":"{ viewer { role } }"} DROP TABLE accounts`), input},
		"text for a page":                         {header(d.post("{}"), "Content-Type", "text/plain"), input},
		"a form":                                  {header(d.post("query={viewer{role}}"), "Content-Type", "application/x-www-form-urlencoded"), input},
		"XML":                                     {header(d.post("<a/>"), "Content-Type", "application/xml", "X-Requested-With", "x"), input},
		"a type that is fine":                     {header(d.post("{}"), "Content-Type", repeat(";", 1_000)), input},
		"a header that is not UTF-8":              {header(d.query("{ viewer { role } }", ""), "X-Request-Id", "\xff\xfe", "Accept", "\xff"), fine},
		"a mutation by GET":                       {get("query=" + url.QueryEscape(`mutation { createAccount(input: {name: "N", primaryDomain: "n.com"}) { account { id } } }`)), input},
		"a GET without a query":                   {get(""), input},
		"a GET of 60,000 characters":              {get("query=" + repeat("%7B", 20_000)), parse},
		"variables of a GET nested 9,000 deep":    {get("query={viewer{role}}&variables=" + url.QueryEscape(`{"a":`+repeat("[", 9_000)+repeat("]", 9_000)+"}")), fine},
		"a method that nobody knows":              {func() *http.Request { r := d.post(""); r.Method = "BREW"; return r }(), input},
		"a host that is not ours":                 {func() *http.Request { r := d.query("{ viewer { role } }", ""); r.Host = "evil.example"; return r }(), "FORBIDDEN"},
		"a page of another site":                  {header(get("query={viewer{role}}"), "Sec-Fetch-Site", "cross-site"), "FORBIDDEN"},
		"an upgrade to something else":            {header(get("query={viewer{role}}"), "Connection", "Upgrade", "Upgrade", "websocket"), fine},
		"a POST that wants to be upgraded":        {header(d.query("{ viewer { role } }", ""), "Connection", "Upgrade", "Upgrade", "h2c"), fine},
		"a subscription":                          {d.query("subscription { accountChanged { id } }", ""), validation},
	}
}
