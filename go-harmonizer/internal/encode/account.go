package encode

import (
	"slices"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/record"
)

// account is what lineage lines of a column have in common when the same rules made the values, written once.
type account struct {
	column                       string // header of the source
	rules                        []LineageRule
	start, middle, outcome, tail []byte
}

// accounts are those of a column of the output by outcome, the last few of each.
type accounts [record.OutcomeCount]struct {
	known []account
	next  int // gives way when they are too many
}

const mostAccounts = 16

// find returns the account that a line gives; hidden leaves values out (rule DEID-1). It lasts until the next call.
func (a *accounts) find(l *LineageLine, outcome record.Outcome, hidden bool) *account {
	of := &a[outcome]
	for k := range of.known {
		if one := &of.known[k]; one.column == l.Column && slices.Equal(one.rules, l.Rules) {
			return one
		}
	}
	if len(of.known) < mostAccounts {
		of.known = append(of.known, account{})
	}
	one := &of.known[of.next]
	of.next = (of.next + 1) % mostAccounts
	one.column, one.rules = l.Column, append(one.rules[:0], l.Rules...)
	if hidden {
		l.Hide()
	}
	one.start, one.middle = l.appendStart(one.start[:0]), l.appendMiddle(one.middle[:0])
	one.outcome, one.tail = l.appendOutcome(one.outcome[:0]), l.appendTail(one.tail[:0])
	return one
}

// append writes a line.
func (a *account) append(to, number, source, output []byte) []byte {
	to = append(append(append(to, a.start...), number...), a.middle...)
	to = append(appendSource(to, source), a.outcome...)
	return append(appendOutput(to, output), a.tail...)
}
