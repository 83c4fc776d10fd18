/* SPDX-License-Identifier: BSD-3-Clause */
/* Puts the scripted backend, a peripheral and images together. */
#include "support/fake_board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/image_builder.h"
#include "support/must.h"
#include "support/tree_builder.h"

static void *count_malloc(void *user, size_t bytes)
{
	struct board *board = user;
	void *block;

	if (board->fail_block && --board->fail_block == 0)
		return NULL;
	block = malloc(bytes);
	test_must(block, "memory");
	board->blocks++;
	return block;
}

static void *count_realloc(void *user, void *old, size_t bytes)
{
	struct board *board = user;
	void *block;

	if (board->fail_block && --board->fail_block == 0)
		return NULL;
	block = realloc(old, bytes);
	test_must(block, "memory");
	board->blocks += old ? 0 : 1;
	return block;
}

static void count_free(void *user, void *block)
{
	struct board *board = user;

	board->blocks -= block ? 1 : 0;
	free(block);
}

static struct qpas_image *make_image(void)
{
	struct qpas_image *image = NULL;
	struct test_image made;
	struct qpas_slice bytes;

	test_image_build(&made, NULL);
	bytes.ptr = made.bytes;
	bytes.len = made.size;
	test_must(!qpas_image_open_memory(bytes, NULL, &image, NULL), "image");
	test_image_free(&made);
	return image;
}

static struct qpas_platform *make_platform(void)
{
	struct test_tree tree = test_tree_lemans();
	struct qpas_platform *platform = NULL;

	test_must(!qpas_platform_open_memory(test_tree_slice(&tree), NULL, 0, NULL, &platform,
					     NULL),
		  "platform");
	test_tree_free(&tree);
	return platform;
}

static void make_peripheral(struct board *board)
{
	static const struct qpas_peripheral fresh = QPAS_PERIPHERAL_INIT;
	static const char *const firmware[] = {"qcom/fake/adsp.mbn", "qcom/fake/adsp_dtb.mbn"};
	struct qpas_peripheral *p = &board->peripheral;

	board->carveouts[0] =
		(struct qpas_carveout){"adsp", FAKE_REGION_0, FAKE_REGION_BYTES, 0, 0};
	board->carveouts[1] =
		(struct qpas_carveout){"adsp-dtb", FAKE_REGION_1, FAKE_REGION_BYTES, 0, 0};
	board->streams[0] = (struct qpas_stream){"/soc/iommu", {0x3000, 0, 0, 0}, 1, 0};
	board->streams[1] = (struct qpas_stream){"/soc/iommu", {0x3001, 0, 0, 0}, 1, 0};
	*p = fresh;
	p->kind = QPAS_KIND_REMOTEPROC;
	p->flags = QPAS_PERIPHERAL_ENABLED | QPAS_PERIPHERAL_PAS | QPAS_PERIPHERAL_READY_SIGNAL |
		   QPAS_PERIPHERAL_EL2_PATH;
	p->name = "adsp";
	p->path = "/soc/remoteproc";
	p->compatible = "qcom,fake-adsp-pas";
	p->status = "okay";
	p->pas_id = 1;
	p->dtb_pas_id = QPAS_NO_PAS_ID;
	p->firmware = firmware;
	p->firmware_count = 1;
	p->carveouts = board->carveouts;
	p->carveout_count = 1;
	p->streams = board->streams;
	p->stream_count = 1;
}

struct board *board_new(void)
{
	static const struct qpas_allocator no_allocator = QPAS_ALLOCATOR_INIT;
	static const struct qpas_params no_params = QPAS_PARAMS_INIT;
	struct board *board = calloc(1, sizeof(*board));

	test_must(board, "memory");
	fake_init(&board->fake);
	board->allocator = no_allocator;
	board->allocator.malloc = count_malloc;
	board->allocator.realloc = count_realloc;
	board->allocator.free = count_free;
	board->allocator.user = board;
	make_peripheral(board);
	board->platform = make_platform();
	board->image = make_image();
	board->params = no_params;
	board->params.allocator = &board->allocator;
	board->params.platform = board->platform;
	return board;
}

void board_add_companion(struct board *board)
{
	board->companion = make_image();
	board->peripheral.dtb_pas_id = 36;
	board->peripheral.firmware_count = 2;
	board->peripheral.carveout_count = 2;
}

void board_open(struct board *board)
{
	assert_int_equal(qpas_backend_open_desc(&fake_descriptor, &board->fake, &board->params,
						&board->backend, NULL),
			 0);
}

int board_context(struct board *board, struct qpas_context **context, struct qpas_error *err)
{
	struct qpas_context_params params = QPAS_CONTEXT_PARAMS_INIT;

	params.peripheral = &board->peripheral;
	params.platform = board->platform;
	return qpas_context_open(board->backend, NULL, &params, context, err);
}

uint32_t board_state(const struct qpas_context *context)
{
	struct qpas_context_info info = QPAS_CONTEXT_INFO_INIT;

	assert_int_equal(qpas_context_describe(context, &info, NULL), 0);
	return info.state;
}

void board_free(struct board *board)
{
	qpas_backend_unref(board->backend);
	qpas_platform_unref(board->platform);
	qpas_image_unref(board->image);
	qpas_image_unref(board->companion);
	assert_int_equal(board->blocks, 0);
	assert_int_equal(board->fake.opened, 0);
	assert_int_equal(board->fake.double_free, 0);
	assert_int_equal(board->fake.touched_owned, 0);
	fake_end(&board->fake);
	free(board);
}
