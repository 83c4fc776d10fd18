/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What OpenSSL's own verifiers say about a slot of a real hash segment: the chain by
 * X509_verify_cert(), the signature by EVP_DigestVerify() over a masked copy made from literal
 * offsets. Shares nothing with the library but OpenSSL.
 */
#ifndef TESTS_CORPUS_SECOND_OPINION_H
#define TESTS_CORPUS_SECOND_OPINION_H

#include <stdbool.h>

#include <qpas/auth.h>

/* Where things stand comes from the report; what they are worth does not. */
bool second_chain(struct qpas_slice hash_segment, const struct qpas_auth_signature *facts);
/* The legacy scheme of v3 is none that OpenSSL has; it is checked by its raw RSA operation. */
bool second_signature(struct qpas_slice hash_segment, const struct qpas_auth_signature *facts);

#endif
