package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync/atomic"
	"time"
)

// Statements counts the SQL statements of one request and the time that they took.
// BEGIN, COMMIT and ROLLBACK are not counted. It is safe for concurrent use.
type Statements struct {
	count atomic.Int64
	nanos atomic.Int64
}

// Count is the number of statements so far.
func (s *Statements) Count() int64 { return s.count.Load() }

// Duration is the time from sending each statement to having its last row, added up.
func (s *Statements) Duration() time.Duration { return time.Duration(s.nanos.Load()) }

type statementsKey struct{}

// WithStatements returns a context in which statements are counted, with what counts them: the same if they are counted already.
func WithStatements(ctx context.Context) (context.Context, *Statements) {
	if s, ok := ctx.Value(statementsKey{}).(*Statements); ok {
		return ctx, s
	}
	s := &Statements{}
	return context.WithValue(ctx, statementsKey{}, s), s
}

// Executed is a statement that was executed, for those who watch; see Options.Watch.
type Executed struct {
	// Text is its SQL, without values: those are parameters.
	Text string
	// Begin is when it was sent.
	Begin time.Time
	// Duration is the time until its last row was there.
	Duration time.Duration
	// Rows is how many rows came back, or were changed if none come back.
	Rows int64
	// Err is how it failed; nil if it did not.
	Err error
}

// execution is a statement that is being executed.
type execution struct {
	Executed
	// ctx is the caller's; own ends with the statement's time as well, acquisition is what the pool made of it.
	ctx, own, acquisition context.Context
	cancel                context.CancelFunc
	release               func()
	watch                 func(context.Context, Executed)
}

// begin counts a statement and limits its time.
func (c *connection) begin(ctx context.Context, text string) *execution {
	e := &execution{Executed: Executed{Text: text, Begin: time.Now()}, ctx: acquired(ctx), acquisition: ctx, watch: c.watch}
	e.own, e.cancel = c.timed(e.ctx)
	e.release = c.limit(e.own)
	if s, ok := ctx.Value(statementsKey{}).(*Statements); ok {
		s.count.Add(1)
	}
	return e
}

// end notes how a statement ended, and returns the error to tell.
func (e *execution) end(err error) error {
	e.release()
	e.Err = e.reason(err)
	e.cancel()
	e.Duration = time.Since(e.Begin)
	if s, ok := e.ctx.Value(statementsKey{}).(*Statements); ok {
		s.nanos.Add(int64(e.Duration))
	}
	if e.watch != nil {
		e.watch(e.ctx, e.Executed)
	}
	lost(e.acquisition, e.Err)
	return e.Err
}

// reason is that time was over, or the caller gone, for what the driver says then about its connection.
func (e *execution) reason(err error) error {
	switch {
	case err == nil || isAnswer(err):
		return err
	case errors.Is(err, driver.ErrBadConn) && attemptOf(e.ctx) != nil:
		return ErrOutcomeUnknown // database/sql would do it again
	case e.own.Err() == nil:
		return err
	default:
		return e.own.Err()
	}
}

type unlimitedKey struct{}

// WithoutStatementTimeout returns a context in which statements may take any time: for work that is done in the
// background, on any number of rows. They end with the context all the same.
func WithoutStatementTimeout(ctx context.Context) context.Context {
	return context.WithValue(ctx, unlimitedKey{}, true)
}
