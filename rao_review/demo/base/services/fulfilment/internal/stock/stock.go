// Package stock knows how much of everything is on the shelves.
package stock

import (
	"errors"
	"sync"
)

// ErrShort means that there is less on the shelf than was asked for.
var ErrShort = errors.New("stock: not enough on the shelf")

// Shelf counts pieces by SKU. It is safe for concurrent use.
type Shelf struct {
	mu     sync.Mutex
	pieces map[string]int
}

// NewShelf returns a shelf with the given pieces.
func NewShelf(pieces map[string]int) *Shelf {
	return &Shelf{pieces: pieces}
}

// Reserve takes count pieces off the shelf; a negative count puts them back.
func Reserve(shelf *Shelf, sku string, count int) error {
	shelf.mu.Lock()
	defer shelf.mu.Unlock()
	if shelf.pieces[sku] < count {
		return ErrShort
	}
	shelf.pieces[sku] -= count
	return nil
}

// Count returns how many pieces are left.
func (s *Shelf) Count(sku string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pieces[sku]
}
