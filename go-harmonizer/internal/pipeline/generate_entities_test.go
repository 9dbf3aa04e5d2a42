package pipeline_test

import "fmt"

func medications(seed uint64, n int) []byte {
	m := newMess(seed)
	return m.rows(n, "order_id,patient_id,drug_name,rxcui,ndc,dose,route,frequency,start_date,stop_date,qty,days_supply,status,prescriber_npi,note", func(i int) string {
		return fmt.Sprintf("M%d,P%d,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s", m.IntN(n), m.IntN(9), m.pick("Aspirin", "ASPIRIN 81 mg tablet", "Metformin ", "lisinopril", ""),
			m.pick("1191", "", "abc", "0"), m.pick("", "0002-1433-80", "00021433801", "12"), m.pick("81 mg", "5-10 mg", "500mg/5mL", "two", "", "1,000 mg"),
			m.pick("PO", "oral", "i.v.", "by drone", ""), m.pick("BID", "q6h prn", "twice daily", "at times", "", "q4-6h"),
			m.pick("2024-03-05", "03/04/2024", "13/04/2024", "2024-03-05 08:00", "soon", ""), m.pick("", "2024-03-01", "9999-12-31", "2024-04-05"),
			m.pick("30", "-1", "1e3", "many", ""), m.pick("30", "", "999"), m.pick("active", "COMPLETED", "odd", ""), m.pick("", "1234567893", "x"), m.pick("", "with food", "=2+2"))
	})
}

func encounters(seed uint64, n int) []byte {
	m := newMess(seed)
	return m.rows(n, "encounter_id,patient_id,encounterclass,start,stop,status,admission_location,reasoncode,reasondescription,attending_id,npi,payer,ward", func(i int) string {
		return fmt.Sprintf("E%d,P%d,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s", m.IntN(n), m.IntN(9), m.pick("inpatient", "EMER", "Ambulatory", "virtual", "picnic", ""),
			m.pick("2024-03-05T10:00:00Z", "2024-03-05", "03/05/2024 10:00", "later", ""), m.pick("", "2024-03-06", "2024-03-01", "2024-03-05 23:59"),
			m.pick("finished", "DONE", "", "odd"), m.pick("", "Home", " clinic  A"), m.pick("", "I10", "e119", "44054006", "44054007", "zz"),
			m.pick("", "chest pain", "N/A"), m.pick("D1", "", "d2"), m.pick("1234567893", "1234567890", ""), m.pick("", "Acme"), m.pick("W1", "", "null", "'w"))
	})
}

func conditions(seed uint64, n int) []byte {
	m := newMess(seed)
	return m.rows(n, "condition_id|patient_id|encounter_id|icd_code|icd_version|diagnosis|onset|stop|recorded_date|clinical_status|verification_status|severity|rank|coder", func(i int) string {
		return fmt.Sprintf("C%d|P%d|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s", m.IntN(n), m.IntN(9), m.pick("E1", "E2", "", "E99"), m.pick("E11.9", "e119", "I10", "250.00", "44054006", "??", ""),
			m.pick("10", "9", "", "ICD-10", "SNOMED"), m.pick("Diabetes", "diabetes mellitus ", "", "Hypertension"), m.pick("2024-01-05", "05/01/2024", "25/01/2024", "2024", "once", ""),
			m.pick("", "2023-12-31", "2024-02-01"), m.pick("2024-01-06", "", "2099-01-01"), m.pick("active", "RESOLVED", "", "odd"), m.pick("confirmed", "", "maybe"),
			m.pick("mild", "Severe", "", "awful"), m.pick("1", "2", "", "first", "-3"), m.pick("Kim", "", "LEE"))
	})
}

func imaging(seed uint64, n int) []byte {
	m := newMess(seed)
	return m.rows(n, "study_uid,series_uid,accession,patient_id,study_date,study_time,modality,body_part,laterality,study_description,num_series,image_count,patient_birth_date,patient_sex,patient_age,institution,room", func(i int) string {
		return fmt.Sprintf("%s,%s,A%d,P%d,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s", m.pick("1.2.840.1.1", "1.2.840.1.2", "1.02.3", "", "uid"), m.pick("", "", "1.2.840.9.1", fmt.Sprintf("1.2.840.7.%d", i)),
			m.IntN(n), m.IntN(9), m.pick("20240305", "2024-03-05", "", "05.03.2024", "2024"), m.pick("", "101500", "10:15", "noon"), m.pick("CT", "ct", "MRI", "X-ray", "ZZ", ""),
			m.pick("CHEST", "chest", "Left knee", "tail", ""), m.pick("L", "left", "", "both", "up"), m.pick("CT chest", "", " n/a"), m.pick("1", "", "-1", "x"), m.pick("100", "", "2.5"),
			m.pick("19800102", "", "1980-01-02"), m.pick("M", "F", "O", "x", ""), m.pick("044Y", "006M", "", "44", "old"), m.pick("", "General"), m.pick("", "R1", "@r2"))
	})
}

func items(seed uint64, n int) []byte {
	m := newMess(seed)
	return m.rows(n, "item,created_date,updated_dt,amount,remark,flag_x", func(i int) string {
		return fmt.Sprintf("i%d,%s,%s,%s,%s,%s", m.IntN(n), m.pick("2024-03-05", "2024-03-05", "2024-03-06", "2024-12-24", "2024-07-01 10:00", "2024-03-05", "2024-03-05", "2024-03-06", "2024-12-24", "2024-07-01", "2024-03-05", "soon"),
			m.pick("03/04/2024", "later", ""), m.pick("1,234", "-2-2", "999", ""), m.pick("", "N/A", "caf\u00e9  au lait", "#REF!", "cancelled"), m.pick("Y", "", "null"))
	})
}

// people are patients of few identifiers: some are written twice, some are others under the same number, some almost the same.
func people(seed uint64, n int) []byte {
	m := newMess(seed)
	return m.rows(n, "patient_id,mrn,ssn,first_name,middle_name,last_name,suffix,dob,gender,race,ethnicity,address,city,state,zip,phone,email,updated_at,site", func(i int) string {
		k := m.IntN(max(2, n/4)) // A person; names, dates and places hang together by it.
		first := [...]string{"Ann", "Robert", "Zoe", "Maria", "John"}[k%5]
		last := [...]string{"Doe", "Roe", "Ruiz", "O'Brien", "Lee", "Kim", "Fox"}[k%7]
		if m.IntN(6) == 0 {
			first = m.pick(first+"e", first[:len(first)-1], "", "Jon", "N/A")
		}
		dob := fmt.Sprintf("19%02d-%02d-%02d", 30+k%60, 1+k%12, 1+k%28)
		switch m.IntN(8) {
		case 0:
			dob = m.pick("", "unknown", dob[:4], "1980-01-02")
		case 1:
			dob = dob[5:7] + "/" + dob[8:] + "/" + dob[:4]
		}
		return fmt.Sprintf("Q%d,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s", k+m.IntN(10)/9, m.pick("", fmt.Sprint("M", 1000+k)), m.pick("", "", fmt.Sprintf("123-45-%04d", 1000+k), "000-00-0000"),
			first, m.pick("", "J", "Lee"), last, m.pick("", "", "", "Jr", "Sr"), dob, m.pick("F", "F", "M", "?"), m.pick("White", "", "Black; Asian", "odd"), m.pick("", "Hispanic", "NH"),
			m.pick(fmt.Sprint(k, " Main St"), fmt.Sprint(k, " Main Street"), ""), m.pick("Boston", "BOSTON", ""), m.pick("MA", "Massachusetts", "", "XX"), m.pick("02134", "02134-1234", ""),
			m.pick("405-901-4744", "(405) 901-4744", "12", ""), m.pick("", "a@example.org", "nobody"), m.pick("", "2024-03-05", "2023-01-01"), m.pick("north", "", "south"))
	})
}
