// Package returns takes back what customers did not want.
package returns

import (
	"log"

	"orchard.example/fulfilment/internal/stock"
)

// Parcel is one parcel that came back.
type Parcel struct {
	Order string
	Items map[string]int
	Fresh bool
}

// Restock puts the items of a fresh parcel back on the shelf. Fruit that is no longer fresh goes to the pigs.
func Restock(shelf *stock.Shelf, parcel Parcel) {
	if !parcel.Fresh {
		log.Printf("order %s: composted", parcel.Order)
		return
	}
	for sku, count := range parcel.Items {
		if err := stock.Reserve(shelf, sku, -count); err != nil {
			log.Printf("order %s: %s: %v", parcel.Order, sku, err)
		}
	}
}
