package match

// field is a field of a Person.
type field uint8

const (
	first field = iota
	last
	suffix
	birthDate
	sex
	mrn
	ssn
	address
	city
	state
	zip
	phone
	fieldCount
)

// fieldNames are the names of the fields in the rule book.
var fieldNames = [fieldCount]string{"first_name", "last_name", "suffix", "birth_date", "gender", "mrn", "ssn", "address_line1",
	"city", "state", "postal_code", "phone"}

// texts returns the texts of the fields, in their order.
func (p *Person) texts() [fieldCount]string {
	return [fieldCount]string{p.First, p.Last, p.Suffix, p.Birth, p.Sex, p.MRN, p.SSN, p.Address, p.City, p.State, p.Zip, p.Phone}
}
