package match

// explain makes the pairs of the result, field by field.
func (p *Population) explain(all []found, s *scale) []Pair {
	pairs := make([]Pair, len(all))
	for i := range all {
		f := &all[i]
		pairs[i] = Pair{A: f.a, B: f.b, Class: f.class, Pass: f.pass(), Score: f.score, Reason: f.reason}
		if s == nil {
			pairs[i].Threshold, pairs[i].Fields = f.rule.threshold, p.explainFixed(f)
		} else {
			pairs[i].Threshold, pairs[i].Probability = matchOdds, chance(f.score)
			pairs[i].Fields = p.explainEstimate(f, s)
		}
	}
	return pairs
}

func (p *Population) explainFixed(f *found) (fields []Field) {
	s := p.seenBy(f.rule, f.a, f.b, p.similarities(f.a, f.b))
	for i, scored := range fixedFields {
		if f.rule.fields&(1<<i) == 0 {
			continue
		}
		agrees := s.of[i] > 0
		fields = append(fields, Field{
			Name: fieldNames[scored.field], Similarity: p.similarity(f, scored.field, s.across && agrees),
			Weight: scored.weight * s.of[i], Agrees: agrees,
			Null: p.id(f.a, scored.field) == 0 || p.id(f.b, scored.field) == 0})
	}
	return fields
}

func (p *Population) explainEstimate(f *found, s *scale) []Field {
	l := p.compare(f.a, f.b)
	w := s.weigh(&l, p.row(f.a), p.row(f.b))
	fields := make([]Field, 0, aspectCount)
	for a := range aspectCount {
		whole := a != onBirthPart || l[a] != null
		if a == onBirth && l[onBirthPart] != null || !whole {
			continue // one of the two speaks for the birth date
		}
		across := l[onFirst] == crossed && agrees(l[a])
		fields = append(fields, Field{Name: fieldNames[fieldOf[a]], Similarity: p.similarity(f, fieldOf[a], across), Weight: w.one[a],
			Agrees: agrees(l[a]), Null: l[a] == null})
	}
	return fields
}

// similarity returns Jaro–Winkler's of the texts of a field, names across where they were swapped: the higher one as the first
// name's.
func (p *Population) similarity(f *found, of field, across bool) float64 {
	if !across || of != first && of != last {
		return jaroWinkler(p.text(f.a, of), p.text(f.b, of))
	}
	one, two := jaroWinkler(p.text(f.a, first), p.text(f.b, last)), jaroWinkler(p.text(f.b, first), p.text(f.a, last))
	if of == first {
		return max(one, two)
	}
	return min(one, two)
}

// levelNames are the words for levels in a report.
var levelNames = [levelCount]string{exact: "same", near: "near", alikeLevel: "similar", crossed: "swapped", differ: "different"}

// levelsOf are the levels that each aspect has.
var levelsOf = [aspectCount][]level{
	onFirst:     {exact, near, alikeLevel, crossed, differ},
	onLast:      {exact, near, alikeLevel, crossed, differ},
	onBirth:     {exact, near, crossed, differ},
	onBirthPart: {exact, alikeLevel, differ},
	onSex:       {exact, differ},
	onAddress:   {exact, near, alikeLevel, differ},
	onZip:       {exact, near, differ},
	onCity:      {exact, near, differ},
	onState:     {exact, differ},
	onPhone:     {exact, near, differ},
	onSSN:       {exact, near, differ},
	onMRN:       {exact, differ},
}

// describe fills in what the report tells of the model.
func (r *Parameters) describe(s *scale) {
	if s == nil {
		r.Match, r.Review = thresholdC, reviewShare*thresholdC
		for _, f := range fixedFields {
			r.Fields = append(r.Fields, Estimate{Field: fieldNames[f.field], Level: "similar", Weight: f.weight, Threshold: f.threshold})
		}
		return
	}
	r.Match, r.Review = matchOdds, reviewOdds
	r.Prior, r.Duplicates, r.Households, r.Iterations = s.duplicates/s.pairs, s.duplicates, s.households, s.iterations
	for a := range aspectCount {
		for _, l := range levelsOf[a] {
			r.Fields = append(r.Fields, Estimate{Field: aspectNames[a], Level: levelNames[l], M: s.estimate.m[a][l],
				U: s.estimate.u[a][l], Weight: s.m[a][l] - s.u[a][l]})
		}
	}
}
