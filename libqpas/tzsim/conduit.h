/* SPDX-License-Identifier: BSD-3-Clause */
/* The machine as the host's own code sees it: the functions of struct qpas_el2_ops. */
#ifndef QPASI_TZSIM_CONDUIT_H
#define QPASI_TZSIM_CONDUIT_H

#include <qpas/el2.h>
#include <qpas/tzsim.h>

/* Fills all of `ops`; its `user` is the model. */
void qpasi_tzsim_conduit(struct qpas_tzsim *model, struct qpas_el2_ops *ops);

#endif
