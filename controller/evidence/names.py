"""Names on the certificates of evidence files: none other of the province's certificates can stand for them."""

SIGNER_NAME = "TruongNet evidence"
PDF_NAME = "TruongNet evidence PDF"
