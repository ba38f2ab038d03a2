// Package couriers hands packed orders to the people who drive.
package couriers

import "errors"

// ErrNobody means that no courier had room.
var ErrNobody = errors.New("couriers: nobody has room")

// Assigner is whoever can take an order.
type Assigner interface {
	Assign(order string) error
}

// Courier drives one van.
type Courier struct {
	Room   int
	Orders []string
}

// Assign puts an order into the van.
func (c *Courier) Assign(order string) error {
	if len(c.Orders) >= c.Room {
		return ErrNobody
	}
	c.Orders = append(c.Orders, order)
	return nil
}

// First gives the order to the first who takes it.
func First(assigners []Assigner, order string) error {
	for _, assigner := range assigners {
		if assigner.Assign(order) == nil {
			return nil
		}
	}
	return ErrNobody
}
