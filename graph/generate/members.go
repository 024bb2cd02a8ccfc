package main

import (
	"path/filepath"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/templates"
)

// members is a plugin of gqlgen.
type members struct{}

// Name names the plugin to gqlgen.
func (members) Name() string { return "members" }

const membersTemplate = `
// Member names the Go field or method that a field of the schema, as "ImportProblem.column", is bound to; "" if it has the
// field's own name, whatever the case.
func Member(field string) string {
	switch field {
	{{- range . }}
	case "{{ .Object.Name }}.{{ .Name }}":
		return "{{ .GoFieldName }}"
	{{- end }}
	}
	return ""
}
`

// GenerateCode writes the function Member.
func (members) GenerateCode(data *codegen.Data) error {
	var renamed []*codegen.Field
	for _, object := range data.Objects {
		for _, field := range object.Fields {
			if !field.IsResolver && !object.IsReserved() && !field.IsReserved() && !strings.EqualFold(field.GoFieldName, field.Name) {
				renamed = append(renamed, field)
			}
		}
	}
	return templates.Render(templates.Options{
		PackageName:     data.Config.Exec.Package,
		Filename:        filepath.Join(data.Config.Exec.Dir(), "member.generated.go"),
		Template:        membersTemplate,
		Data:            renamed,
		GeneratedHeader: true,
		Packages:        data.Config.Packages,
	})
}
