"""Shows learners what their tensors became: checks the report, words it, draws it, keeps it up to date."""
