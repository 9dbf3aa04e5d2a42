package rule

import (
	"testing"
)

// dateColumn is a column of dates with parts of other columns.
func TestDateExamples(t *testing.T) {
	check(t, "encounter", "start_datetime", nil, []example{
		{in: "2024-03-05", want: "2024-03-05"},
		{in: "Mar 2024", want: "2024-03 I"},
		{in: "2024-03-05 14:05", want: "2024-03-05T14:05:00 I"},
		{in: "2024-03-05T14:05:00-05:00", want: "2024-03-05T14:05:00-05:00"},
		// STD-DATE-2
		{in: "16-Mar-2025 12:15", want: "2025-03-16T12:15:00 I"},
		{in: "20240305", want: "2024-03-05 I"},
		{in: "05MAR2024:10:00:00", want: "2024-03-05T10:00:00 I"},
		{in: "5 mars 2024", want: "5 mars 2024 kept E"},
	})
}
