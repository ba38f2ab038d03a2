// Command fulfil reserves and picks the orders of one slot.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"orchard.example/fulfilment/internal/couriers"
	"orchard.example/fulfilment/internal/picking"
	"orchard.example/fulfilment/internal/stock"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := fulfil(ctx); err != nil {
		log.Print(err)
	}
}

func fulfil(ctx context.Context) error {
	shelf := stock.NewShelf(map[string]int{"apple-5kg": 40, "pear-3kg": 12})
	picker := &picking.Picker{Name: "Jo"}
	van := &couriers.Courier{Room: 14}
	for number := 1; number <= 3; number++ {
		order := fmt.Sprintf("o%d", number)
		if err := stock.Reserve(ctx, shelf, "apple-5kg", 2); err != nil {
			return err
		}
		if err := picker.Enqueue(order); err != nil {
			return err
		}
		if err := couriers.First([]couriers.Assigner{van}, order); err != nil {
			return err
		}
	}
	fmt.Println(shelf.Count("apple-5kg"), "crates left")
	return nil
}
