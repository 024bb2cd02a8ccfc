package postgres

import "os/exec"

// account is the user that PostgreSQL runs as; always nil on Windows: the
// user of this process.
type account struct{}

func chooseAccount(string) (*account, error) { return nil, nil }
func (*account) String() string              { return "" }
func (*account) adopt(string) error          { return nil }
func (*account) reaches(string) error        { return nil }
func (*account) closed(string) string        { return "" }
func (*account) apply(*exec.Cmd)             {}
