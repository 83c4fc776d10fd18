/* SPDX-License-Identifier: BSD-3-Clause */
/* A queue of table entries, the largest first, emptied by the caller and its helper threads. */
#include "auth/queue.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/params.h"
#include "format/plan.h"

struct worker {
	struct queue *queue;
	struct qpasi_hasher *hasher;
	pthread_t thread;
};

struct queue {
	const struct qpasi_queue_job *job;
	atomic_uint next;
	uint32_t order[QPASI_ELF_MAX_PHDRS];
	uint64_t bytes[QPASI_ELF_MAX_PHDRS];
	struct worker workers[QPASI_QUEUE_THREADS_MAX];
};

/* Bytes that the check of an entry hashes; only used for the order, so a wrapped sum is harmless. */
static uint64_t work_of(const struct qpasi_elf *elf, uint32_t index)
{
	uint64_t sum = 0;

	if (qpasi_mbn_expected(elf, index) != QPASI_EXPECT_ONE_SHOT)
		return elf->phdr[index].filesz;
	for (uint32_t i = 0; i < elf->phnum; i++) {
		if (elf->phdr[i].type == QPASI_PT_LOAD)
			sum += elf->phdr[i].filesz;
	}
	return sum;
}

/* Insertion, at most 256 entries. */
static void sort(struct queue *queue, const struct qpasi_elf *elf)
{
	for (uint32_t i = 0; i < elf->phnum; i++) {
		uint32_t at = i;

		queue->bytes[i] = work_of(elf, i);
		while (at && queue->bytes[queue->order[at - 1]] < queue->bytes[i]) {
			queue->order[at] = queue->order[at - 1];
			at--;
		}
		queue->order[at] = i;
	}
}

/*
 * Outcomes are written by index and never shared, so the counter is all that threads have in common.
 * OpenSSL keeps its error queue per thread; each check leaves it as it found it.
 */
static void *work(void *user)
{
	struct worker *worker = user;
	struct queue *queue = worker->queue;
	const struct qpasi_queue_job *job = queue->job;

	for (;;) {
		uint32_t turn = atomic_fetch_add(&queue->next, 1);
		struct qpasi_outcome *outcome;

		if (turn >= job->input->elf->phnum)
			return NULL;
		outcome = &job->outcomes[queue->order[turn]];
		outcome->result = qpasi_auth_check_entry(worker->hasher, job->input, job->source,
							 queue->order[turn], &outcome->fault);
	}
}

/* Each thread has a hasher of its own, made here: the allocator is for the caller's thread only. */
static int hire(const struct qpasi_env *env, struct queue *queue, uint32_t threads,
		struct qpasi_fault *fault)
{
	uint32_t bits = queue->job->input->mbn->digest_size * 8;

	for (uint32_t i = 0; i < threads; i++) {
		int result = qpasi_hasher_new(env, bits, &queue->workers[i].hasher, fault);

		if (result)
			return result;
		queue->workers[i].queue = queue;
	}
	return 0;
}

/* Starts helpers 1 … threads - 1. The program's signals are not for them. */
static uint32_t start(struct queue *queue, uint32_t threads)
{
	uint32_t started = 1;
	sigset_t all;
	sigset_t before;

	(void)sigfillset(&all);
	if (threads < 2 || pthread_sigmask(SIG_SETMASK, &all, &before))
		return started;
	while (started < threads) {
		struct worker *worker = &queue->workers[started];

		if (pthread_create(&worker->thread, NULL, work, worker))
			break;
		started++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

/* The caller works, too: with one thread nothing is started. */
static void run(struct queue *queue, uint32_t threads)
{
	uint32_t started = start(queue, threads);

	(void)work(&queue->workers[0]);
	while (--started)
		(void)pthread_join(queue->workers[started].thread, NULL);
}

int qpasi_queue_run(const struct qpasi_env *env, const struct qpasi_queue_job *job,
		    struct qpasi_fault *fault)
{
	struct queue *queue = qpasi_env_alloc(env, sizeof(*queue));
	uint32_t threads = job->threads < 1 ? 1 : job->threads;
	int result;

	if (!queue)
		return qpasi_fault_set(fault, QPASI_MSG_NO_MEMORY, QPAS_NO_SEGMENT, 0, 0);
	if (threads > job->input->elf->phnum)
		threads = job->input->elf->phnum;
	queue->job = job;
	atomic_init(&queue->next, 0);
	sort(queue, job->input->elf);
	result = hire(env, queue, threads, fault);
	if (!result)
		run(queue, threads);
	for (uint32_t i = 0; i < threads; i++)
		qpasi_hasher_free(queue->workers[i].hasher);
	qpasi_env_free(env, queue);
	return result;
}
