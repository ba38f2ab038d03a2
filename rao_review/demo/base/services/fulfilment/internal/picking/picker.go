// Package picking collects orders from the shelves.
package picking

import "fmt"

// Picker is a person with a trolley.
type Picker struct {
	Name   string
	orders []string
}

// Assign gives the picker one more order.
func (p *Picker) Assign(order string) error {
	if len(p.orders) >= 8 {
		return fmt.Errorf("picking: the trolley of %s is full", p.Name)
	}
	p.orders = append(p.orders, order)
	return nil
}

// Load returns how many orders are on the trolley.
func (p *Picker) Load() int {
	return len(p.orders)
}
