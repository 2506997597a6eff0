"""What users of this field ask for most, each need with the proof that it is met."""
