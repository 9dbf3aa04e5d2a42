"""The rule book as data: entities and rules, as the harmonizer tells them."""
