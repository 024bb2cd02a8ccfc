package db

// SetLargeSubtree sets how many accounts make a subtree large.
func (d *DB) SetLargeSubtree(size int) { d.largeSubtree = size }
