package encode

import "strconv"

// digits is a number as text. Numbers of records mostly count up, and so do the digits.
type digits struct {
	n    int64
	text []byte
}

// set makes it the text of n.
func (d *digits) set(n int64) {
	if n == d.n && len(d.text) > 0 {
		return
	}
	if n < 2 || n != d.n+1 || !d.count() {
		d.text = strconv.AppendInt(d.text[:0], n, 10)
	}
	d.n = n
}

// count adds one; not ok: the number needs another digit.
func (d *digits) count() bool {
	last := len(d.text) - 1
	for last >= 0 && d.text[last] == '9' {
		last--
	}
	if last < 0 {
		return false
	}
	d.text[last]++
	for last++; last < len(d.text); last++ {
		d.text[last] = '0'
	}
	return true
}
