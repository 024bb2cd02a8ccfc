package db

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Import is a file that was brought into the organization, or is being brought in: what came of its rows.
type Import struct {
	ID       ImportID     `db:"id"`
	Entity   ImportEntity `db:"entity"`
	FileName string       `db:"file_name"`
	IsUpload bool         `db:"is_upload"`
	// IsDryRun tells that nothing is written: what is counted would have been.
	IsDryRun bool        `db:"is_dry_run"`
	State    ImportState `db:"state"`
	ImportCounts
	// Failure says why the state is FAILED.
	Failure       *string    `db:"failure"`
	StartedAt     time.Time  `db:"started_at"`
	StartedByKind ActorKind  `db:"started_by_kind"`
	StartedByID   *uuid.UUID `db:"started_by_id"`
	FinishedAt    *time.Time `db:"finished_at"`
}

// ImportCounts are how many rows there are, and what came of them so far.
type ImportCounts struct {
	// RowCount counts the rows of the file, without the header; 0 until all are read.
	RowCount int `db:"row_count"`
	// PendingCount counts rows that wait to be checked or written.
	PendingCount int `db:"pending_count"`
	// CreatedCount and UpdatedCount count records, MovedCount accounts that got another parent: one may be updated and moved.
	CreatedCount int `db:"created_count"`
	UpdatedCount int `db:"updated_count"`
	MovedCount   int `db:"moved_count"`
	// UnchangedCount counts rows that say what is there already.
	UnchangedCount int `db:"unchanged_count"`
	// RepeatedCount counts rows that say the same as an earlier one.
	RepeatedCount int `db:"repeated_count"`
	RejectedCount int `db:"rejected_count"`
	// IndustryCount counts the values that were added to the list ACCOUNT_INDUSTRY.
	IndustryCount int `db:"industry_count"`
}

// IsNode marks what has an identity.
func (*Import) IsNode() {}

// Starter names who started the import.
func (i *Import) Starter() ActorRef { return ActorRef{i.StartedByKind, i.StartedByID} }

// ImportEntity is what the rows of an import are.
type ImportEntity string

// The values of ImportEntity.
const (
	ImportAccounts ImportEntity = "ACCOUNT"
	ImportContacts ImportEntity = "CONTACT"
)

// ImportState is how far an import is.
type ImportState string

// The values of ImportState.
const (
	// ImportReading: the rows are being read, and held to the rules that need no look at other records.
	ImportReading ImportState = "READING"
	// ImportChecking: all rows are read, and are being compared with each other and with the organization's records.
	ImportChecking ImportState = "CHECKING"
	// ImportWriting: the rows that passed are being written, portion by portion.
	ImportWriting ImportState = "WRITING"
	// ImportDone: all is written but the rejected rows.
	ImportDone ImportState = "DONE"
	// ImportAbandoned: it was stopped on its way, and another import was begun instead of continuing it.
	ImportAbandoned ImportState = "ABANDONED"
	// ImportFailed: it could not go on; Failure says why.
	ImportFailed ImportState = "FAILED"
)

// ImportOptions are what is asked of an import besides its rows.
type ImportOptions struct {
	// ShareDomains lets accounts have domains that route to others, without taking them.
	ShareDomains bool `json:"shareDomains"`
	// AllowFreeMailDomains accepts domains of mail providers.
	AllowFreeMailDomains bool `json:"allowFreeMailDomains"`
	// RejectNewIndustries rejects rows with an industry that the list does not have, instead of adding it.
	RejectNewIndustries bool `json:"rejectNewIndustries"`
}

// NewImport is an import that is about to begin.
type NewImport struct {
	Entity   ImportEntity
	FileName string
	// Fingerprint is equal for equal files that are to be read in the same way.
	Fingerprint string
	// Columns are the names of the file's columns by the fields that they are read into.
	Columns map[string]string
	// Keys are the keys of ImportRow.Record that the columns say something of; the others are left as they are.
	Keys     []string
	Options  ImportOptions
	IsUpload bool
	// DryRun does all but writing. Unless it is an upload, nothing is left of it, not even the import itself.
	DryRun bool
}

// ImportRow is one row of a file.
type ImportRow struct {
	// Line is where the row begins; the header is on line 1.
	Line int
	// Key says which record the row is of, Parent which account is above it: zero for none.
	Key, Parent ImportKey
	// Record are the values as ImportRules make them; nil if the row has problems.
	Record json.RawMessage
	// Cells are the cells as they are in the file.
	Cells    []string
	Problems []ImportProblem
}

// ImportKey names a record: by an id of its own, if that is one of the organization's, else by what another system calls it.
type ImportKey struct {
	Source, ID string
	Record     *ID
}

// OwnSource is the source of the external ids of accounts that had none where they were exported: the ids that they have there.
const OwnSource = "accountgraph"

// ImportProblem is one thing that is wrong with a row.
type ImportProblem struct {
	// Column is the name of the column; "" if it is about no single one.
	Column string `json:"column"`
	// Value is what the cell holds, cut to 1,000 characters.
	Value  string `json:"value"`
	Code   Code   `json:"code"`
	Reason string `json:"reason"`
}

// ImportReject is a row that was not written, and why.
type ImportReject struct {
	Line     int
	Cells    []string
	Problems []ImportProblem
}

// viewer is the actor who goes on with what they began, whatever they may begin now.
func (r ActorRef) viewer(organization OrganizationID) Viewer {
	v := Viewer{Organization: organization, Role: RoleManager}
	switch id := r.Node(); {
	case id == nil:
	case id.Kind == KindAPIKey:
		key := id.APIKey()
		v.APIKey = &key
	default:
		user := id.User()
		v.User = &user
	}
	return v
}

// decodeImportJSON reads what import tables keep as JSON.
func decodeImportJSON(text []byte, into any) error {
	if len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read an import: %w", err)
	}
	return nil
}

// ColumnName is the name of the column; nil if the problem is about no single one.
func (p ImportProblem) ColumnName() *string {
	if p.Column == "" {
		return nil
	}
	return &p.Column
}

// CellValue is what the cell holds; nil if the problem is about no single one.
func (p ImportProblem) CellValue() *string {
	if p.Column == "" {
		return nil
	}
	return &p.Value
}
