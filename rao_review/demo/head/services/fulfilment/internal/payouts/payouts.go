// Package payouts adds up what each grower gets for what was picked.
package payouts

import (
	"context"
	"fmt"
	"sort"
)

// Line is one delivered position.
type Line struct {
	Grower string
	Cents  int64
}

// Payout is the sum for one grower.
type Payout struct {
	Grower string
	Cents  int64
}

// Sum adds the lines up, by grower in alphabetical order. A negative line is an error: corrections are booked elsewhere.
func Sum(ctx context.Context, lines []Line) ([]Payout, error) {
	sums := map[string]int64{}
	for i, line := range lines {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if line.Cents < 0 {
			return nil, fmt.Errorf("payouts: line %d of %s is negative", i+1, line.Grower)
		}
		sums[line.Grower] += line.Cents
	}
	payouts := make([]Payout, 0, len(sums))
	for grower, cents := range sums {
		payouts = append(payouts, Payout{Grower: grower, Cents: cents})
	}
	sort.Slice(payouts, func(i, j int) bool { return payouts[i].Grower < payouts[j].Grower })
	return payouts, nil
}
