package graph

import (
	"strconv"
	"time"

	"github.com/accountgraph/accountgraph/db"
	"github.com/accountgraph/accountgraph/graph/loader"
	"github.com/accountgraph/accountgraph/graph/plan"
)

// cost is what a request costs.
type cost struct {
	start      time.Time
	statements *db.Statements
	loads      *loader.Request
	plans      *plan.Request
	// records were fetched, of as many as an answer may hold; that is 0 if there is no limit.
	records, maxRecords int64
}

// serverTiming tells it as the value of a header (Server-Timing, W3C): the number of its statements, what was loaded without
// a plan, how many root fields were encoded out of their plan, how many records were fetched of those allowed, and times in
// milliseconds.
func (c cost) serverTiming() string {
	encoded, fields := c.plans.Encoded()
	text := make([]byte, 0, 192)
	text = strconv.AppendInt(append(text, `db;desc="`...), c.statements.Count(), 10)
	text = appendMilliseconds(append(text, ` statements";dur=`...), c.statements.Duration())
	text = strconv.AppendInt(append(text, `, loader;desc="`...), c.loads.Loads(), 10)
	text = strconv.AppendInt(append(text, ` unplanned loads", encoder;desc="`...), encoded, 10)
	text = strconv.AppendInt(append(text, ` of `...), fields, 10)
	text = append(text, ` root fields", `...)
	if c.maxRecords > 0 {
		text = strconv.AppendInt(append(text, `budget;desc="`...), c.records, 10)
		text = strconv.AppendInt(append(text, ` of `...), c.maxRecords, 10)
		text = append(text, ` records", `...)
	}
	text = appendMilliseconds(append(text, `total;dur=`...), time.Since(c.start))
	return string(text)
}

func appendMilliseconds(text []byte, d time.Duration) []byte {
	return strconv.AppendFloat(text, float64(d.Microseconds())/1000, 'f', 3, 64)
}
