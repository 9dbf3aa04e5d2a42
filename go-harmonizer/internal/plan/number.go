package plan

// SharesNumbers tells that several records may bear one number and yet leave one by one: the readings of a wide row, also when they
// come back as records of a harmonized file. The halves of a split blood pressure go together.
func (p *Plan) SharesNumbers() bool {
	return p.isWide() || p.Settings.Harmonized && p.panel >= 0
}
