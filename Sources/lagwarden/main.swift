print("lagwarden")
