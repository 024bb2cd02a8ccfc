package graph

import (
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// kept is a cache of what was used last, up to a weight in all. It is safe for concurrent use.
type kept[K comparable, V any] struct {
	mutex   sync.Mutex
	entries *simplelru.LRU[K, weighed[V]]
	// left is the weight that may still be added before something has to go.
	left int
}

type weighed[V any] struct {
	value  V
	weight int
}

func newKept[K comparable, V any](limit int) *kept[K, V] {
	k := &kept[K, V]{left: limit}
	k.entries, _ = simplelru.NewLRU(math.MaxInt, func(_ K, gone weighed[V]) { k.left += gone.weight }) // fails without a size only
	return k
}

func (k *kept[K, V]) get(key K) (value V, ok bool) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	entry, ok := k.entries.Get(key)
	return entry.value, ok
}

// add keeps a value, unless it is kept, in place of those that were not used for longest.
func (k *kept[K, V]) add(key K, value V, weight int) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.entries.Contains(key) {
		return
	}
	k.entries.Add(key, weighed[V]{value, weight})
	for k.left -= weight; k.left < 0; {
		k.entries.RemoveOldest()
	}
}
