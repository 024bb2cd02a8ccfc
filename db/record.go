package db

// How many records the pages hold that links and root fields bring: what they cost of a request's budget.

// Records is how many accounts the page holds.
func (c *AccountConnection) Records() int { return len(c.Edges) }

// Records is how many accounts the page holds.
func (c *AccountDescendantConnection) Records() int { return len(c.Edges) }

// Records is how many accounts the tree holds.
func (t *AccountTree) Records() int { return len(t.Nodes) }

// Records is how many contacts the page holds.
func (c *ContactConnection) Records() int { return len(c.Edges) }

// Records is how many contacts the page holds.
func (c *AccountContactConnection) Records() int { return len(c.Edges) }

// Records is how many accounts the page holds.
func (c *ContactAccountConnection) Records() int { return len(c.Edges) }

// Records is how many changes the page holds.
func (c *ParentChangeConnection) Records() int { return len(c.Edges) }

// Records is how many users the page holds.
func (c *UserConnection) Records() int { return len(c.Edges) }

// Records is how many API keys the page holds.
func (c *APIKeyConnection) Records() int { return len(c.Edges) }

// Records is 1: what has an identity of its own counts by itself, but for the organization and its picklists, of which there
// are few and which are fetched once.
func (*Account) Records() int { return 1 }

// Records is 1.
func (*Contact) Records() int { return 1 }

// Records is 1.
func (*CustomerUser) Records() int { return 1 }

// Records is 1.
func (*User) Records() int { return 1 }

// Records is 1.
func (*ParentChange) Records() int { return 1 }

// Records is 1.
func (*APIKey) Records() int { return 1 }

// Records is 1.
func (*Import) Records() int { return 1 }

// Records is how many imports the page holds.
func (c *ImportConnection) Records() int { return len(c.Edges) }

// Records is how many rejected rows the page holds.
func (c *ImportRejectConnection) Records() int { return len(c.Edges) }
