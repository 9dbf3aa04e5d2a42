package encode

import "github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"

// told is findings that were made column by column and are told record by record, those of one record in the order of the slots.
type told struct {
	first, last []int32 // by record of the page: its findings in all, from 1; 0: none
	all         []toldOne
}

type toldOne struct {
	next    int32
	slot    int
	finding *record.Finding
}

func (l *told) reset(records int) {
	l.all = l.all[:0]
	if cap(l.first) < records {
		l.first, l.last = make([]int32, records), make([]int32, records)
	}
	l.first, l.last = l.first[:records], l.last[:records]
	clear(l.first)
}

func (l *told) add(i, slot int, f *record.Finding) {
	l.all = append(l.all, toldOne{0, slot, f})
	n := int32(len(l.all))
	if l.first[i] == 0 {
		l.first[i] = n
	} else {
		l.all[l.last[i]-1].next = n
	}
	l.last[i] = n
}
