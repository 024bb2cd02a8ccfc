package plan

import "github.com/accountgraph/accountgraph/db"

// columns are what is to be read of the records that a link leads to: what the fields selected of them show, and what the
// links behind them look at. Nobody may add to them.
func (f *field) columns() db.Columns {
	if !f.isSaid {
		f.reads, f.isSaid = f.readsOf(), true
	}
	return f.reads
}

func (f *field) readsOf() db.Columns {
	want := db.Columns{}
	for _, p := range f.below {
		if db.IsSelectable(p.typeName) {
			want = want.Also(p.columns())
			continue
		}
		for _, inside := range p.fields {
			if inside.link == nil {
				want = want.Also(inside.columns()).Also(db.ColumnsBeside(p.typeName, inside.name))
			}
		}
	}
	return want
}

func (p *place) columns() db.Columns {
	want := db.Columns{}
	for _, f := range p.fields {
		switch {
		case f.name == typeNameField:
		case f.link != nil:
			want = want.Also(f.link.Reads)
			if f.link.Along {
				want = want.Also(f.columns())
			}
		default:
			want = want.Also(db.ColumnsOf(p.typeName, f.name))
		}
	}
	return want
}
