package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"
)

// secondAhead is how many portions the second session has at most, the one that it writes included: while the first writes
// one, it can't hand over another.
const secondAhead = 2

const (
	// A second session has its lock for as long as it lasts. Who goes on with an import that was killed waits for what that left under way.
	lockSecondSQL  = `SELECT pg_advisory_lock_shared(hashtextextended('accountgraph import second ' || $1, 0))`
	awaitSecondSQL = `SELECT pg_advisory_xact_lock(hashtextextended('accountgraph import second ' || $1, 0))`

	// What the check has found of new accounts, as texts of arrays of rows.
	packPortionSQL = `
SELECT CAST(array_agg(t) AS text), CAST(ARRAY(
  SELECT c
  FROM import_claims c
  WHERE c.kind = 'domain' AND c.line = ANY(array_agg(t.line))) AS text)
FROM import_turns t
WHERE t.portion = $1`

	unpackTurnsSQL  = `INSERT INTO import_turns SELECT * FROM unnest(CAST($1 AS import_turns[]))`
	unpackClaimsSQL = `INSERT INTO import_claims SELECT * FROM unnest(CAST($1 AS import_claims[]))`
)

// secondSession writes portions of new accounts beside the session that has the import: a session is one process of PostgreSQL,
// and most of an import's time is that process's. It has tables of its own, for the portion at hand. A nil one writes nothing.
type secondSession struct {
	*Importing
	handed  chan packedPortion
	written chan writtenPortion
	// underWay are the portions that were handed over and are not known to be written, by their numbers.
	underWay []int
}

// packedPortion is a portion as it is handed over.
type packedPortion struct {
	portion
	turns, claims string
}

// writtenPortion is what came of a portion.
type writtenPortion struct {
	portion
	rows int
	err  error
}

// openSecond makes a second session, if there is something for it to write and the pool has a connection to spare; nil otherwise.
func (i *Importing) openSecond(ctx context.Context) (*secondSession, error) {
	stats := i.sessions.Stats()
	if stats.InUse >= stats.MaxOpenConnections || i.Entity != ImportAccounts || len(i.portions) < 3 || !slices.ContainsFunc(i.portions[1:], portion.isNew) {
		return nil, nil
	}
	conn, err := i.sessions.Connx(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect once more for an import: %w", err)
	}
	s := &secondSession{
		Importing: &Importing{Import: i.Import, v: i.v, conn: conn, options: i.options, columns: i.columns, keys: i.keys},
		handed:    make(chan packedPortion, secondAhead),
		written:   make(chan writtenPortion, secondAhead),
	}
	if err := s.transaction(ctx, func(tx *sqlx.Tx) error {
		return s.steps(ctx, tx, step{"lock the second session", lockSecondSQL, []any{i.v.Organization.uuid.String()}}, step{"make tables", createPlanSQL, nil})
	}); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	go s.run(ctx)
	return s, nil
}

// run writes what is handed over, until no more is or a portion fails.
func (s *secondSession) run(ctx context.Context) {
	defer close(s.written)
	for p := range s.handed {
		w := writtenPortion{portion: p.portion}
		if w.err = s.unpack(ctx, p); w.err == nil {
			w.rows, w.err = s.write(ctx, p.portion)
		}
		s.written <- w
		if w.err != nil {
			return
		}
	}
}

// unpack puts a portion where the statements that write it look for it.
func (s *secondSession) unpack(ctx context.Context, p packedPortion) error {
	return s.transaction(ctx, func(tx *sqlx.Tx) error {
		return s.steps(ctx, tx, coarse,
			step{"forget the former portion", "TRUNCATE import_turns, import_claims", nil},
			step{"unpack turns", unpackTurnsSQL, []any{p.turns}},
			step{"unpack claims", unpackClaimsSQL, []any{p.claims}},
			step{"analyze the portion", "ANALYZE import_turns, import_claims", nil},
		)
	})
}

// takes tells whether a portion may be handed over. All before it are written or were handed over as well, and what is handed
// over is written in order: so what it comes after is written when its turn comes.
func (s *secondSession) takes(p portion) bool {
	return s != nil && p.isNew() && len(s.underWay) < secondAhead
}

// holdsUp tells whether the first session has to wait with a portion: until the parents of its accounts are written, or all that
// was handed over, if it changes accounts.
func (s *secondSession) holdsUp(p portion) bool {
	return s != nil && len(s.underWay) > 0 && (!p.isNew() || p.After >= s.underWay[0])
}

// handOver gives a portion to the second session, with what the first has found.
func (s *secondSession) handOver(ctx context.Context, first *Importing, p portion) (err error) {
	packed := packedPortion{portion: p}
	if packed.accountNumber, err = first.takeNumbers(ctx, p); err != nil {
		return err
	}
	if err := first.transaction(ctx, func(tx *sqlx.Tx) error {
		if err := tx.QueryRowxContext(ctx, packPortionSQL, p.Number).Scan(&packed.turns, &packed.claims); err != nil {
			return failure("pack a portion", err)
		}
		return nil
	}); err != nil {
		return err
	}
	s.underWay = append(s.underWay, p.Number)
	s.handed <- packed
	return nil
}

// await waits until the next of the portions under way has ended.
func (s *secondSession) await(note func(writtenPortion)) error {
	w := <-s.written
	if w.err != nil {
		return w.err
	}
	s.underWay = s.underWay[1:]
	note(w)
	return nil
}

// hasWritten tells whether await would return at once.
func (s *secondSession) hasWritten() bool { return s != nil && len(s.written) > 0 }

// end waits for all portions under way, and ends the session.
func (s *secondSession) end(note func(writtenPortion)) error {
	if s == nil {
		return nil
	}
	close(s.handed)
	var failed error
	for w := range s.written {
		if failed = w.err; failed == nil {
			note(w)
		}
	}
	return errors.Join(failed, s.Close())
}
