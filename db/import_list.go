package db

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
)

// UnfinishedUploads returns the imports of all organizations that servers have to go on with, each with whom it is done for.
// It is for the server itself, not for requests.
func (d *DB) UnfinishedUploads(ctx context.Context) (map[ImportID]Viewer, error) {
	rows, err := all[struct {
		Import
		OrganizationID OrganizationID `db:"organization_id"`
	}](ctx, d.pool, textOf("SELECT i.organization_id, "+columns[Import]("i")+" FROM imports i WHERE i.is_upload AND i.finished_at IS NULL"), "unfinished uploads")
	found := make(map[ImportID]Viewer, len(rows))
	for _, row := range rows {
		found[row.ID] = row.Starter().viewer(row.OrganizationID)
	}
	return found, err
}

// ImportsByID returns the imports that there are, by id.
func (d *DB) ImportsByID(ctx context.Context, v Viewer, ids []ImportID) (map[ImportID]*Import, error) {
	if v.MayImport() != nil {
		return nil, nil // what one may not see does not exist
	}
	s := &statement{}
	s.write("SELECT ", columns[Import]("i"), "\nFROM imports i\nWHERE ", v.own(s, "i"), " AND i.id = ANY(", s.arg(keyArray(ids)), ")")
	imports, err := all[*Import](ctx, d.pool, s, "imports by id")
	return byID(imports, func(i *Import) ImportID { return i.ID }), err
}

// ImportList names the list of all imports: what totalCount counts.
type ImportList struct{}

// ImportConnection is a page of imports.
type ImportConnection struct {
	Edges    []*ImportEdge
	PageInfo PageInfo
	List     ImportList
}

// ImportEdge is an import in a page.
type ImportEdge struct {
	Node *Import
	at   position
}

// Cursor is the import's place in the list.
func (e *ImportEdge) Cursor() string { return e.at.cursor() }

// Nodes are the imports alone.
func (c *ImportConnection) Nodes() []*Import {
	nodes := make([]*Import, len(c.Edges))
	for i, edge := range c.Edges {
		nodes[i] = edge.Node
	}
	return nodes
}

// Imports returns a page of the organization's imports, newest first.
func (d *DB) Imports(ctx context.Context, v Viewer, args PageArgs) (*ImportConnection, error) {
	if err := v.MayImport(); err != nil {
		return nil, err
	}
	p, err := args.page(order{name: "import", expression: "i.started_at", sqlType: "timestamptz", id: "i.id", descending: true}, maxPage)
	if err != nil {
		return nil, err
	}
	s := &statement{}
	s.write("SELECT ", columns[Import]("i"), ", ", p.order.sortKey(), " AS sort_key\nFROM imports i")
	s.write("\nWHERE ", v.own(s, "i"), " AND ", p.within(s), "\nORDER BY ", p.orderBy(), "\nLIMIT ", s.arg(min(int64(p.limit)+1, left(ctx))))
	type row struct {
		Import
		SortKey *string `db:"sort_key"`
	}
	rows, err := all[*row](ctx, d.pool, s, "list imports")
	if err != nil {
		return nil, err
	}
	if err := guard(ctx, len(rows)); err != nil {
		return nil, err
	}
	at := func(r *row) position { return position{Order: p.order.name, Key: r.SortKey, ID: r.ID.ID()} }
	rows, info := cut(p, rows, func(r *row) position { return at(r) })
	c := &ImportConnection{PageInfo: info}
	for _, r := range rows {
		c.Edges = append(c.Edges, &ImportEdge{Node: &r.Import, at: at(r)})
	}
	return c, nil
}

// CountImports counts the organization's imports. It is for those who may import; others are FORBIDDEN.
func (d *DB) CountImports(ctx context.Context, v Viewer, _ []ImportList) (map[ImportList]int, error) {
	if err := v.MayImport(); err != nil {
		return nil, err
	}
	s := &statement{}
	s.write("SELECT count(*) FROM imports i WHERE ", v.own(s, "i"))
	counts, err := all[int](ctx, d.pool, s, "count imports")
	if err != nil {
		return nil, err
	}
	return map[ImportList]int{{}: counts[0]}, nil
}

// ImportRejectConnection is a page of the rejected rows of an import.
type ImportRejectConnection struct {
	Edges    []*ImportRejectEdge
	PageInfo PageInfo
	// ImportID is whose rows they are: what CountImportRejects counts.
	ImportID ImportID
}

// ImportRejectEdge is a rejected row in a page.
type ImportRejectEdge struct {
	Node *ImportReject
	at   position
}

// Cursor is the row's place in the list.
func (e *ImportRejectEdge) Cursor() string { return e.at.cursor() }

// Nodes are the rows alone.
func (c *ImportRejectConnection) Nodes() []*ImportReject {
	nodes := make([]*ImportReject, len(c.Edges))
	for i, edge := range c.Edges {
		nodes[i] = edge.Node
	}
	return nodes
}

// importRejectRow is a rejected row as lists read it.
type importRejectRow struct {
	ImportID ImportID        `db:"import_id"`
	Line     int             `db:"line"`
	Problems json.RawMessage `db:"problems"`
	SortKey  *string         `db:"sort_key"`
	Rank     int             `db:"rank"`
}

// ImportRejectsOf returns a page of the rejected rows of each import, in the order of the lines, without their cells. Every
// import that is asked for has one.
func (d *DB) ImportRejectsOf(ctx context.Context, v Viewer, ids []ImportID, args PageArgs) (map[ImportID]*ImportRejectConnection, error) {
	p, err := args.page(order{name: "importReject", expression: "r.line", sqlType: "bigint", id: "r.import_id"}, maxPage)
	if err != nil {
		return nil, err
	}
	s := &statement{}
	s.write("SELECT reject.*\nFROM (SELECT DISTINCT unnest(CAST(", s.arg(keyArray(ids)), " AS uuid[]))) AS asked (id)")
	s.write("\nCROSS JOIN LATERAL (\n  SELECT r.import_id, r.line, r.problems, ", p.order.sortKey(), " AS sort_key, row_number() OVER (ORDER BY ", p.orderBy(), ") AS rank")
	s.write("\n  FROM import_rows r\n  WHERE ", v.own(s, "r"), " AND r.import_id = asked.id AND r.problems IS NOT NULL AND ", p.within(s))
	s.write("\n  ORDER BY ", p.orderBy(), "\n  LIMIT ", s.arg(int64(p.limit)+1), "\n) reject\nLIMIT ", s.arg(left(ctx)))
	rows, err := all[*importRejectRow](ctx, d.pool, s, "rejected rows of imports")
	if err != nil {
		return nil, err
	}
	if err := guard(ctx, len(rows)); err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b *importRejectRow) int { return cmp.Compare(a.Rank, b.Rank) })
	lists := map[ImportID][]*importRejectRow{}
	for _, row := range rows {
		lists[row.ImportID] = append(lists[row.ImportID], row)
	}
	pages := make(map[ImportID]*ImportRejectConnection, len(ids))
	for _, id := range ids {
		if pages[id] != nil {
			continue
		}
		if pages[id], err = importRejectPage(p, lists[id], id); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

func importRejectPage(p page, rows []*importRejectRow, of ImportID) (*ImportRejectConnection, error) {
	at := func(r *importRejectRow) position {
		return position{Order: p.order.name, Key: r.SortKey, ID: r.ImportID.ID()}
	}
	rows, info := cut(p, rows, func(r *importRejectRow) position { return at(r) })
	c := &ImportRejectConnection{Edges: make([]*ImportRejectEdge, len(rows)), PageInfo: info, ImportID: of}
	for i, r := range rows {
		reject := &ImportReject{Line: r.Line}
		if err := decodeImportJSON(r.Problems, &reject.Problems); err != nil {
			return nil, err
		}
		c.Edges[i] = &ImportRejectEdge{Node: reject, at: at(r)}
	}
	return c, nil
}

// CountImportRejects counts the rejected rows of imports so far. An import without any is not in the answer.
func (d *DB) CountImportRejects(ctx context.Context, v Viewer, ids []ImportID) (map[ImportID]int, error) {
	s := &statement{}
	s.write("SELECT r.import_id AS id, count(*)\nFROM import_rows r\nWHERE ", v.own(s, "r"), " AND r.import_id = ANY(", s.arg(keyArray(ids)), ") AND r.problems IS NOT NULL\nGROUP BY r.import_id")
	return countsByID[ImportID](ctx, d, s, "count rejected rows")
}
