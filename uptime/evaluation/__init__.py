"""The pack of evidence ("bukti dukung") for the government's evaluation (Pemdi, SPBE)."""
