package graph_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"testing"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/internal/eventually"
)

// part is a part of a request with files.
type part struct{ name, file, text string }

// multipart posts a request with files.
func (s *server) multipart(parts ...part) answer {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		create := func() (io.Writer, error) { return form.CreateFormField(p.name) }
		if p.file != "" {
			create = func() (io.Writer, error) { return form.CreateFormFile(p.name, p.file) }
		}
		into, err := create()
		if err != nil {
			s.t.Fatal(err)
		}
		if _, err := into.Write([]byte(p.text)); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		s.t.Fatal(err)
	}
	return s.send(form.FormDataContentType(), body.Bytes())
}

// upload sends an operation whose variable $file is a file, with other variables as pairs of name and value.
func (s *server) upload(query, name, text string, variables ...any) answer {
	s.t.Helper()
	given := object{"file": nil}
	for i := 0; i < len(variables); i += 2 {
		given[variables[i].(string)] = variables[i+1]
	}
	return s.multipart(part{name: "operations", text: jsonOf(object{"query": query, "variables": given})},
		part{name: "map", text: `{"0": ["variables.file"]}`}, part{name: "0", file: name, text: text})
}

// beginImport begins an import by a mutation, with other variables ($source, $dryRun) as pairs of name and value.
func (s *server) beginImport(mutation, text string, variables ...any) answer {
	s.t.Helper()
	return s.upload(`mutation($file: Upload!, $source: String, $dryRun: Boolean! = false) {
		`+mutation+`(input: {file: $file, source: $source, dryRun: $dryRun}) { import { id } userErrors { field code message } } }`, "file.csv", text, variables...)
}

// importFile begins an import and returns its id.
func (s *server) importFile(mutation, text string, variables ...any) string {
	s.t.Helper()
	return s.began(mutation, s.beginImport(mutation, text, variables...))
}

// outcome tells what would become of a file, or why it is not taken. Nothing is written, so that it makes no difference to others.
func (s *server) outcome(mutation, text string) string {
	s.t.Helper()
	a := s.beginImport(mutation, text, "dryRun", true)
	if id, ok := a.at(mutation, "import", "id").(string); ok {
		return s.imported(id)
	}
	return a.Body
}

func (s *server) began(mutation string, a answer) string {
	s.t.Helper()
	id, ok := a.at(mutation, "import", "id").(string)
	if !ok {
		s.t.Fatalf("%s: %s", mutation, a.Body)
	}
	return id
}

// imported waits until an import has ended, and tells what came of it.
func (s *server) imported(id string) string {
	s.t.Helper()
	const query = `query($id: ID!) { import(id: $id) { entity fileName isDryRun state failure rowCount pendingCount createdCount updatedCount movedCount unchangedCount
		repeatedCount rejectedCount industryCount finishedAt startedBy { ... on User { name } } rejects { totalCount nodes { line problems { column value code reason } } } } }`
	var a answer
	eventually.So(s.t, "the import has ended", func() bool {
		a = s.must(nil, query, "id", id)
		return a.at("import", "finishedAt") != nil
	})
	return stable(a)
}

func TestImportStory(t *testing.T) {
	t.Parallel()
	s := &story{server: setup(t)}
	s.account("Acme", "")
	const file = "Kundennummer;Firma;Obergesellschaft;Domain;Branche\n1;Konzern;;konzern.de;Maschinenbau\n2;Werk;1;werk.konzern.de;\n3;;1;;\n4;Kind;3;acme.com;\n"
	const mutation = `mutation($file: Upload!, $dryRun: Boolean! = false) { importAccounts(input: {file: $file, source: "erp", dryRun: $dryRun, columns: [
		{column: "Kundennummer", field: "external_id"}, {column: "Firma", field: "name"}, {column: "Obergesellschaft", field: "parent_external_id"},
		{column: "Domain", field: "primary_domain"}, {column: "Branche", field: "industry"}]}) { import { id fileName isDryRun rowCount } userErrors { field code message } } }`
	tell := func(title string, a answer) string {
		s.write(title, stable(a))
		return s.began("importAccounts", a)
	}
	s.write("what became of it", s.imported(tell("a dry run", s.upload(mutation, "kunden.csv", file, "dryRun", true))))
	s.tell("nothing is there", `{ accounts { totalCount } }`)
	s.write("what became of it", s.imported(tell("the import", s.upload(mutation, "kunden.csv", file))))
	s.tell("the accounts", `{ accounts { nodes { name parent { name } primaryDomain industry { label } externalIds { source id } createdBy { ... on User { name } } } } }`)
	s.write("the same file again", s.imported(s.began("importAccounts", s.upload(mutation, "kunden.csv", file))))
	s.tell("all imports, a page of them", `{ imports(first: 2) { totalCount nodes { fileName state isDryRun rejects(first: 1) { nodes { line } pageInfo { hasNextPage } } } pageInfo { hasNextPage } } }`)
	s.write("contacts", s.imported(s.importFile("importContacts", "email,first_name,account_external_id\nann@konzern.de,Ann,2\nben@nowhere.org,Ben,\n", "source", "erp")))
	s.write("what is wrong with a file is told at once", stable(s.upload(`mutation($file: Upload!) { importAccounts(input: {file: $file, encoding: "utf-8", source: " ", columns: [{column: "nix", field: "name"}, {column: "name", field: "nix"}, {column: "x"}, {column: "X"}]}) { import { id } userErrors { field code } } }`, "bad.csv", "name,name\n")))
	s.write("a header that no text has is no fault of ours", stable(s.upload(`mutation($file: Upload!) { importAccounts(input: {file: $file, source: "crm", columns: [{column: "na\u0000me", field: "name"}]}) { import { id } userErrors { field code message } } }`, "bad.csv", "external_id,na\x00me\n")))
	golden(t, "imports.txt", s.text.String())
}

func TestProblemsOfNoColumnHaveNone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	id := s.importFile("importAccounts", "external_id,name\n1\n2,\n", "source", "crm")
	s.imported(id)
	a := s.must(nil, `query($id: ID!) { import(id: $id) { rejects { nodes { problems { column value } } } } }`, "id", id)
	want(t, "problems", string(a.Data), `{"import":{"rejects":{"nodes":[{"problems":[{"column":null,"value":null}]},{"problems":[{"column":"name","value":""}]}]}}}`)
	want(t, "left to the ordinary execution", a.Stock, false)
}

func TestImportsAreForThoseWhoMay(t *testing.T) {
	t.Parallel()
	s := setup(t)
	id := s.importFile("importAccounts", "external_id,name\n1,One\n2,\n", "source", "crm")
	s.imported(id)
	for role, may := range map[db.Role]bool{db.RoleAdmin: true, db.RoleManager: true, db.RoleMember: false, db.RoleViewer: false} {
		v := s.viewer
		v.Role = role
		as := s.as(v)
		started := as.upload(`mutation($file: Upload!) { importAccounts(input: {file: $file, source: "crm"}) { import { id } userErrors { code } } }`, "a.csv", "external_id,name\n")
		listed := as.ask(`{ imports { totalCount } }`)
		found := as.must(nil, `query($id: ID!) { import(id: $id) { id } node(id: $id) { id } }`, "id", id)
		if may {
			as.imported(as.began("importAccounts", started))
			want(t, string(role)+" lists", len(listed.Errors), 0)
			want(t, string(role)+" finds", found.at("import", "id"), any(id))
			continue
		}
		want(t, string(role)+" starts", started.code(), "FORBIDDEN")
		want(t, string(role)+" lists", listed.code(), "FORBIDDEN")
		want(t, string(role)+" finds", found.at("import"), nil)
		want(t, string(role)+" finds by node", found.at("node"), nil)
	}
}

func TestRequestsWithFilesThatAreNotWellFormed(t *testing.T) {
	t.Parallel()
	s := setup(t)
	const query = `{"query": "mutation($file: Upload!) { importAccounts(input: {file: $file}) { import { id } } }", "variables": {"file": null}}`
	for name, parts := range map[string][]part{
		"no operations":      {{name: "0", file: "a.csv", text: "x"}},
		"broken operations":  {{name: "operations", text: "{"}, {name: "map", text: "{}"}},
		"no map":             {{name: "operations", text: query}},
		"broken map":         {{name: "operations", text: query}, {name: "map", text: "["}},
		"no file":            {{name: "operations", text: query}, {name: "map", text: `{"0": ["variables.file"]}`}},
		"a file for nothing": {{name: "operations", text: query}, {name: "map", text: `{}`}, {name: "0", file: "a.csv", text: "x"}},
		"a file elsewhere":   {{name: "operations", text: query}, {name: "map", text: `{"0": ["variables.nix.nix"]}`}, {name: "0", file: "a.csv", text: "x"}},
		"a file in a text":   {{name: "operations", text: `{"query": "{ viewer { role } }", "variables": {"file": "text"}}`}, {name: "map", text: `{"0": ["variables.file.0"]}`}, {name: "0", file: "a.csv", text: "x"}},
		"a file in no list":  {{name: "operations", text: `{"query": "{ viewer { role } }", "variables": {"files": [null]}}`}, {name: "map", text: `{"0": ["variables.files.1"]}`}, {name: "0", file: "a.csv", text: "x"}},
		"no variables":       {{name: "operations", text: `{"query": "mutation {"}`}, {name: "map", text: `{"0": ["variables.file"]}`}, {name: "0", file: "a.csv", text: "x"}},
		"several operations": {{name: "operations", text: "[" + query + "]"}, {name: "map", text: `{"0": ["0.variables.file"]}`}, {name: "0", file: "a.csv", text: "x"}},
		"a map that goes on": {{name: "operations", text: query}, {name: "map", text: `{"0": ["variables.file"]}{}`}, {name: "0", file: "a.csv", text: "x"}},
	} {
		a := s.multipart(parts...)
		if a.Status != http.StatusBadRequest || a.code() != "BAD_USER_INPUT" {
			t.Errorf("%s: got %d %s", name, a.Status, a.Body)
		}
	}
	t.Run("a file is no text", func(t *testing.T) {
		a := s.ask(`mutation($file: Upload!) { importAccounts(input: {file: $file}) { import { id } } }`, "file", "text")
		if code := a.code(); code != "BAD_USER_INPUT" && code != "GRAPHQL_VALIDATION_FAILED" {
			t.Errorf("got %s", a.Body)
		}
	})
}

func TestOneUploadAtATime(t *testing.T) {
	t.Parallel()
	s := setup(t)
	running, err := s.db.BeginImport(t.Context(), s.viewer, db.NewImport{Entity: db.ImportAccounts, FileName: "a.csv", Fingerprint: "a", Columns: map[string]string{}})
	if err != nil {
		t.Fatal(err)
	}
	const mutation = `mutation($file: Upload!) { importAccounts(input: {file: $file, source: "crm"}) { import { id } userErrors { field code } } }`
	want(t, "problems", s.upload(mutation, "b.csv", "external_id,name\n1,Two\n").problems("importAccounts"), []string{"input: CONFLICT"})
	if err := running.Close(); err != nil {
		t.Fatal(err)
	}
	s.imported(s.began("importAccounts", s.upload(mutation, "b.csv", "external_id,name\n1,Two\n")))
}
