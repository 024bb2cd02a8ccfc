package db

import (
	"context"
	"fmt"
	"sync/atomic"
)

// Budget is how many records one request may still put into its answer. It is safe for concurrent use.
// The zero Budget allows nothing; a context without a Budget allows everything.
type Budget struct {
	limit int64
	spent atomic.Int64
}

type budgetKey struct{}

// WithBudget returns a context in which at most limit records may be fetched.
func WithBudget(ctx context.Context, limit int) context.Context {
	return context.WithValue(ctx, budgetKey{}, &Budget{limit: int64(limit)})
}

// Spend takes n records from the request's budget. The error is TOO_COMPLEX, with the figures.
func Spend(ctx context.Context, n int) error {
	b, ok := ctx.Value(budgetKey{}).(*Budget)
	if !ok || b.spent.Add(int64(n)) <= b.limit {
		return nil
	}
	return &Error{
		Code: CodeTooComplex,
		Message: fmt.Sprintf("this request asks for more than %d records in one answer (an account that is reached twice counts twice); "+
			"ask for fewer at once, with `first`, `maxLevel` or a filter", b.limit),
		Details: map[string]any{"limit": b.limit, "fetched": b.spent.Load()},
	}
}

// Spent tells how many records were taken from the request's budget so far, and how many may be. Both are 0 if it has none.
func Spent(ctx context.Context) (spent, limit int64) {
	b, ok := ctx.Value(budgetKey{}).(*Budget)
	if !ok {
		return 0, 0
	}
	return b.spent.Load(), b.limit
}

// unlimited stands for no limit in a LIMIT clause.
const unlimited = int64(1) << 40

// left is where a statement stops: one record beyond what is left of the budget, so that too much is noticed.
func left(ctx context.Context) int64 {
	b, ok := ctx.Value(budgetKey{}).(*Budget)
	if !ok {
		return unlimited
	}
	return max(0, b.limit-b.spent.Load()) + 1
}

// guard turns a statement that stopped at the budget into the error that tells so.
func guard(ctx context.Context, rows int) error {
	if int64(rows) < left(ctx) {
		return nil
	}
	return Spend(ctx, rows)
}
