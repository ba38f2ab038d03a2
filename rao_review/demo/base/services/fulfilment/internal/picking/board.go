package picking

// Board is the screen at the packing table.
type Board struct {
	Waiting []string
}

// Deal gives each waiting order to the picker with the lightest trolley and returns those that nobody could take.
func (b *Board) Deal(pickers []*Picker) []string {
	var left []string
	for _, order := range b.Waiting {
		picker := lightest(pickers)
		if picker == nil || give(picker, order) != nil {
			left = append(left, order)
		}
	}
	b.Waiting = left
	return left
}

func give(picker *Picker, order string) error {
	return picker.Assign(order)
}

func lightest(pickers []*Picker) *Picker {
	var best *Picker
	for _, picker := range pickers {
		if best == nil || picker.Load() < best.Load() {
			best = picker
		}
	}
	return best
}
