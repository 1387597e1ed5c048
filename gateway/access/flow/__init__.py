"""What people and machines do about access: sign in, prove themselves, invite, make keys. No HTTP here."""
