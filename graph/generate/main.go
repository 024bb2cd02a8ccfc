// Command generate is `gqlgen generate`, but for the two fields that gateways ask for: gqlgen keeps them for its own plugin, whose
// resolvers take one type and one key at a time, and can't tell an error at its place. Here they are fields as others are. It
// also writes down which fields gqlgen binds to a member of another name, for the encoder.
package main

import (
	"fmt"
	"io"
	"log"
	"os"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
)

func main() {
	if err := generate(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate() error {
	log.SetOutput(io.Discard) // as gqlgen does, which tells of every field that has a resolver
	c, err := config.LoadConfigFromDefaultLocations()
	if err != nil {
		return err
	}
	return api.Generate(c, api.PrependPlugin(federation{}), api.AddPlugin(members{}))
}

// federation is a plugin of gqlgen.
type federation struct{}

// Name names the plugin to gqlgen.
func (federation) Name() string { return "federation" }

// GenerateCode makes resolvers of the two fields before others write code for them.
func (federation) GenerateCode(data *codegen.Data) error {
	for _, field := range data.Objects.ByName("Query").Fields {
		if field.Name == "_entities" || field.Name == "_service" {
			field.IsResolver, field.NoErr, field.GoFieldName = true, false, templates.ToGo(field.Name)
		}
	}
	return nil
}
