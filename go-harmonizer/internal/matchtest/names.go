package matchtest

import "strings"

// Names that are common in the United States, the most common first, and parts to make others of.
var (
	men = strings.Fields(`James Robert John Michael David William Richard Joseph Thomas Christopher Charles Daniel Matthew Anthony
		Mark Donald Steven Andrew Paul Joshua Kenneth Kevin Brian Timothy Ronald George Jason Edward Jeffrey Ryan Jacob Nicholas Gary
		Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick Frank Raymond Jack Dennis Jerry
		Tyler Aaron Jose Adam Nathan Henry Zachary Douglas Peter Kyle Noah Ethan Jeremy Walter Christian Keith Roger Terry Austin Sean
		Gerald Carl Harold Dylan Arthur Lawrence Jordan Jesse Bryan Billy Bruce Gabriel Joe Logan Alan Juan Albert Willie Elijah Wayne
		Randy Vincent Mason Roy Ralph Bobby Russell Bradley Philip Eugene Omar Luis Carlos Miguel Hassan Ivan Oscar Felix Hugo Marcus`)
	women = strings.Fields(`Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Karen Sarah Lisa Nancy Sandra Betty Ashley
		Emily Kimberly Margaret Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Dorothy Amy Kathleen
		Angela Shirley Emma Brenda Pamela Nicole Anna Samantha Katherine Christine Helen Debra Rachel Carolyn Janet Maria Catherine
		Heather Diane Olivia Julie Joyce Victoria Ruth Virginia Lauren Kelly Christina Joan Evelyn Judith Andrea Hannah Megan Cheryl
		Jacqueline Martha Madison Teresa Gloria Sara Janice Ann Kathryn Abigail Sophia Frances Jean Alice Judy Isabella Julia Grace
		Amber Denise Danielle Marilyn Beverly Charlotte Natalie Theresa Diana Brittany Doris Kayla Alexis Lori Marie Fatima Ingrid
		Leila Rosa Carmen Yolanda Priya Mei Aisha Nadia Vera Greta Astrid`)
	families = strings.Fields(`Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez
		Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker
		Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts
		Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz
		Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood James Bennett Gray
		Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez Powell Jenkins Perry Russell Sullivan
		Bell Coleman Butler Henderson Barnes Fisher Vasquez Simmons Romero Jordan Patterson Alexander Hamilton Graham Reynolds Griffin
		Wallace Moreno West Cole Hayes Bryant Herrera Gibson Ellis Tran Medina Aguilar Stevens Murray Ford Castro Marshall Owens
		Harrison Fernandez McDonald Woods Washington Kennedy Wells Vargas Henry Chen Freeman Webb Tucker Guzman Burns Crawford Olson
		Simpson Porter Hunter Gordon Mendez Silva Shaw Snyder Mason Dixon Munoz Hunt Hicks Holmes Palmer Wagner Black Robertson Boyd
		Rose Stone Salazar Fox Warren Mills Meyer Rice Schmidt Garza Daniels Ferguson Nichols Stephens Soto Weaver Ryan Gardner Payne
		Grant Dunn Kelley Spencer Hawkins Arnold Pierce Hansen Peters Santos Hart Bradley Knight Elliott Cunningham Duncan Armstrong`)
	onsets   = strings.Fields("b br ch d dr f fl g gr h j k kl l m n p pr qu r s sch sh sl st t th tr v w z")
	rhymes   = strings.Fields("a ack al an ander ar ard as ath e eck el en er ert es i ick iel in inger is o old on or os ow u uck un ur us y")
	townEnds = strings.Fields("ville ton field burg ford dale wood port")
	streets  = strings.Fields("Main Oak Maple Cedar Park Pine Elm Washington Lake Hill Walnut Spring North South Ridge Church Willow Mill River Sunset")
	ways     = strings.Fields("St Ave Rd Dr Ln Ct Blvd Way")
)

// states are some of them, each with the first three digits of postal codes there.
var states = []struct{ code, prefix string }{{"CA", "902"}, {"TX", "750"}, {"NY", "104"}, {"FL", "331"}, {"IL", "606"}, {"OH", "441"},
	{"WA", "981"}, {"MA", "021"}, {"GA", "303"}, {"CO", "802"}, {"AZ", "850"}, {"MN", "554"}}

// shortForms are what people call themselves.
var shortForms = map[string][]string{"James": {"Jim", "Jimmy"}, "Robert": {"Bob", "Rob"}, "John": {"Jack"}, "Michael": {"Mike"},
	"David": {"Dave"}, "William": {"Bill", "Will"}, "Richard": {"Rick", "Dick"}, "Joseph": {"Joe"}, "Thomas": {"Tom"},
	"Christopher": {"Chris"}, "Charles": {"Chuck"}, "Daniel": {"Dan"}, "Matthew": {"Matt"}, "Anthony": {"Tony"}, "Steven": {"Steve"},
	"Edward": {"Ed", "Ted"}, "Patricia": {"Pat", "Trish"}, "Jennifer": {"Jen", "Jenny"}, "Elizabeth": {"Liz", "Beth", "Betty"},
	"Barbara": {"Barb"}, "Susan": {"Sue"}, "Jessica": {"Jess"}, "Margaret": {"Peggy", "Maggie"}, "Kimberly": {"Kim"},
	"Deborah": {"Debbie"}, "Rebecca": {"Becky"}, "Katherine": {"Kate", "Kathy"}, "Samantha": {"Sam"}, "Theresa": {"Terry"},
	"Alexander": {"Xander"}, "Nicholas": {"Nick"}, "Timothy": {"Tim"}, "Kenneth": {"Ken"}, "Ronald": {"Ron"}}
