# SPDX-License-Identifier: BSD-3-Clause
# Bare-metal arm64 programs that run inside the QEMU guest, cross-compiled by a compiler of their own.
set(QPAS_BARE_FLAGS -std=gnu11 -march=armv8-a -mgeneral-regs-only -mstrict-align -ffreestanding
	-nostdlib -static -fno-pic -no-pie -Os -fno-stack-protector -fno-asynchronous-unwind-tables
	-fno-tree-loop-distribute-patterns -ffunction-sections -fdata-sections -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion
	-Wcast-qual -Wmissing-prototypes -Wstrict-prototypes -Wundef -Wvla
	$<$<BOOL:${QPAS_WERROR}>:-Werror>)

# qpas_add_bare(NAME SCRIPT SOURCE…): target qpas_NAME_bin makes NAME.bin in the current binary
# folder, linked by SCRIPT
function(qpas_add_bare name script)
	set(elf ${CMAKE_CURRENT_BINARY_DIR}/${name}.elf)
	set(bin ${CMAKE_CURRENT_BINARY_DIR}/${name}.bin)
	list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
	file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/firmware/el3/*.h)
	add_custom_command(OUTPUT ${bin}
		COMMAND ${QPAS_GUEST_CC} ${QPAS_BARE_FLAGS} -I${PROJECT_SOURCE_DIR}/firmware/el3
			-I${PROJECT_SOURCE_DIR}/include -I${PROJECT_SOURCE_DIR}/libqpas
			-Wl,-T,${CMAKE_CURRENT_SOURCE_DIR}/${script} -Wl,--gc-sections -Wl,--build-id=none -o ${elf} ${ARGN}
		COMMAND ${QPAS_GUEST_OBJCOPY} -O binary ${elf} ${bin}
		DEPENDS ${ARGN} ${headers} ${CMAKE_CURRENT_SOURCE_DIR}/${script}
		COMMENT "Cross-compiling ${name}.bin"
		COMMAND_EXPAND_LISTS
		VERBATIM)
	add_custom_target(qpas_${name}_bin ALL DEPENDS ${bin})
endfunction()
