/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All that a client of libqpas needs. The backend SDK (backend.h), the conduit of EL2 code (el2.h)
 * and the simulator (tzsim.h) are for those who need them.
 */
#ifndef QPAS_QPAS_H
#define QPAS_QPAS_H

#include <qpas/auth.h>
#include <qpas/context.h>
#include <qpas/error.h>
#include <qpas/image.h>
#include <qpas/log.h>
#include <qpas/platform.h>
#include <qpas/refuse.h>
#include <qpas/rsc_table.h>
#include <qpas/scm.h>
#include <qpas/shm_bridge.h>
#include <qpas/sign.h>
#include <qpas/types.h>
#include <qpas/version.h>

#endif
