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
}

// serverTiming tells it as the value of a header (Server-Timing, W3C): the number of its statements, what was loaded without
// a plan, how many root fields were encoded out of their plan, and times in milliseconds.
func (c cost) serverTiming() string {
	encoded, fields := c.plans.Encoded()
	text := make([]byte, 0, 160)
	text = strconv.AppendInt(append(text, `db;desc="`...), c.statements.Count(), 10)
	text = appendMilliseconds(append(text, ` statements";dur=`...), c.statements.Duration())
	text = strconv.AppendInt(append(text, `, loader;desc="`...), c.loads.Loads(), 10)
	text = strconv.AppendInt(append(text, ` unplanned loads", encoder;desc="`...), encoded, 10)
	text = strconv.AppendInt(append(text, ` of `...), fields, 10)
	text = appendMilliseconds(append(text, ` root fields", total;dur=`...), time.Since(c.start))
	return string(text)
}

func appendMilliseconds(text []byte, d time.Duration) []byte {
	return strconv.AppendFloat(text, float64(d.Microseconds())/1000, 'f', 3, 64)
}
