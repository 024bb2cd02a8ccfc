package db

import (
	"context"
	"encoding/json"

	"github.com/lib/pq"
)

// unseenAccount is a change of an account that nobody has read: what it has stands for whatever the account has. No rule
// objects to it, and its addresses tell whether something was put in its place.
func unseenAccount() AccountChange {
	return AccountChange{
		Name: new("-"), PrimaryDomain: new(""), Logo: new(""), Industry: new(""), Status: new(""), Classification: new(""), Health: new(""),
		Description: new(""), AnnualRevenue: &MoneyInput{Amount: "0", Currency: new("USD")}, Employees: new(0), Website: new(""),
		BillingAddress: &AddressInput{}, ShippingAddress: &AddressInput{}, OwnerID: &UserID{}, Source: new(""),
		Metadata: json.RawMessage("{}"), IsActive: new(true),
	}
}

// said are the columns that a change of an unseen account put something in place of. It is not ok if that is about domains,
// external ids or identifiers, which lie in tables of their own and may be other accounts'.
func (in AccountChange) said(unseen AccountChange) (fields map[string]bool, ok bool) {
	return map[string]bool{
		"name": in.Name != unseen.Name, "logo": in.Logo != unseen.Logo, "industry": in.Industry != unseen.Industry,
		"status": in.Status != unseen.Status, "classification": in.Classification != unseen.Classification,
		"health": in.Health != unseen.Health, "description": in.Description != unseen.Description,
		"annual_revenue": in.AnnualRevenue != unseen.AnnualRevenue, "annual_revenue_currency": in.AnnualRevenue != unseen.AnnualRevenue,
		"employees": in.Employees != unseen.Employees, "website": in.Website != unseen.Website,
		"billing_address": in.BillingAddress != unseen.BillingAddress, "shipping_address": in.ShippingAddress != unseen.ShippingAddress,
		"owner_id": in.OwnerID != unseen.OwnerID, "source": in.Source != unseen.Source,
		"metadata": !isInPlace(in.Metadata, unseen.Metadata), "is_active": in.IsActive != unseen.IsActive,
	}, in.PrimaryDomain == unseen.PrimaryDomain && in.SecondaryDomains == nil && in.ExternalIDs == nil && in.Identifiers == nil
}

// The row is locked first, and so is as it was committed last; what differs from that is written and told, and nothing if
// nothing does. Texts are compared, since to jsonb 1.0 is 1. Keys that do not exist and owners who may not be are refused by
// the table itself.
const updateAccountAtOnceSQL = `
), difference AS (
  SELECT jsonb_object_agg(said.key, was.fields -> said.key) AS before, jsonb_object_agg(said.key, said.value) AS after
  FROM (
    SELECT to_jsonb(record) || jsonb_build_object('annual_revenue', CAST((record).annual_revenue AS text)) AS fields FROM old OFFSET 0
  ) was
  CROSS JOIN jsonb_each(CAST($5 AS jsonb)) AS said
  WHERE CAST(was.fields -> said.key AS text) <> CAST(said.value AS text)
  HAVING count(*) > 0
), updated AS (
  UPDATE accounts a SET` + accountAssignments + `
  FROM old, difference, jsonb_populate_record(old.record, difference.after) AS r
  WHERE a.organization_id = $1 AND a.id = $2
  RETURNING a.*
), told AS (
  INSERT INTO events (organization_id, type, entity, entity_id, before, after, actor_kind, actor_id)
  SELECT $1, 'account.updated', 'account', $2, before, after, $3, $4 FROM difference
)
SELECT `

// updateAccountAtOnce is UpdateAccount by one statement. It returns nil if that can't be done, or if there is anything to object to.
func (d *DB) updateAccountAtOnce(ctx context.Context, v Viewer, id AccountID, ifVersion *int, change func(*AccountChange)) (*Account, error) {
	unseen := unseenAccount()
	in := unseen
	change(&in)
	fields, ok := in.said(unseen)
	c := validation{}
	draft := in.draft(&c, Account{ID: id}, "")
	if !ok || c.err() != nil {
		return nil, nil
	}
	said, err := saidOf(draft.json(), fields)
	if err != nil {
		return nil, err
	}
	actor := v.actor()
	s := textOf("", v.Organization, id, actor.Kind, actor.ID, said)
	s.write("WITH old AS (\n  SELECT a AS record\n  FROM accounts a\n  WHERE ", v.visible(s, "a"), " AND a.id = $2")
	if ifVersion != nil {
		s.write(" AND a.version = ", s.arg(*ifVersion))
	}
	if keys := draft.picklistKeys(); keys != nil {
		// An archived one may be there already, and may stay then.
		s.write(" AND NOT EXISTS (SELECT FROM picklist_values p WHERE ", v.own(s, "p"), " AND p.is_archived AND p.key = ANY(", s.arg(pq.Array(keys)), "))")
	}
	s.write("\n  FOR NO KEY UPDATE", updateAccountAtOnceSQL, columns[Account]("a"), " FROM (TABLE updated UNION ALL SELECT (record).* FROM old WHERE NOT EXISTS (SELECT FROM difference)) a")
	return atOnce[Account](ctx, d, s, "update account at once")
}

// picklistKeys are the keys that an account has.
func (a *Account) picklistKeys() []string {
	var keys []string
	for _, key := range []*string{a.IndustryKey, a.StatusKey, a.ClassKey, a.HealthKey} {
		if key != nil {
			keys = append(keys, *key)
		}
	}
	return keys
}
