// Command fulfil reserves and picks the orders of one slot.
package main

import (
	"fmt"
	"log"

	"orchard.example/fulfilment/internal/couriers"
	"orchard.example/fulfilment/internal/picking"
	"orchard.example/fulfilment/internal/stock"
)

func main() {
	shelf := stock.NewShelf(map[string]int{"apple-5kg": 40, "pear-3kg": 12})
	picker := &picking.Picker{Name: "Jo"}
	van := &couriers.Courier{Room: 14}
	for number := 1; number <= 3; number++ {
		order := fmt.Sprintf("o%d", number)
		if err := stock.Reserve(shelf, "apple-5kg", 2); err != nil {
			log.Fatal(err)
		}
		if err := picker.Assign(order); err != nil {
			log.Fatal(err)
		}
		if err := couriers.First([]couriers.Assigner{van}, order); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(shelf.Count("apple-5kg"), "crates left")
}
