# SPDX-License-Identifier: BSD-3-Clause
# Compiler and linker flags, as two interface targets:
#   qpas_flags       for everything that is compiled here: warnings, hardening, sanitizers
#   qpas_link_flags  for every shared object and program that is linked here
include(CheckCCompilerFlag)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Installed programs find our libraries relative to their own folder, so that a prefix works without
# settings and may be moved. Below /usr the system's own search is enough.
if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr" AND NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}"
		AND NOT IS_ABSOLUTE "${CMAKE_INSTALL_BINDIR}")
	file(RELATIVE_PATH path /prefix/${CMAKE_INSTALL_BINDIR} /prefix/${CMAKE_INSTALL_LIBDIR})
	set(CMAKE_INSTALL_RPATH "$ORIGIN/${path}")
endif()
if(PROJECT_IS_TOP_LEVEL)
	set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
endif()

set(QPAS_SANITIZERS "${QPAS_SANITIZE}")
if(NOT QPAS_SANITIZERS MATCHES "^(address|undefined|address,undefined|thread)?$")
	message(FATAL_ERROR "QPAS_SANITIZE is '${QPAS_SANITIZE}': "
		"use address, undefined, address,undefined or thread")
endif()

add_library(qpas_flags INTERFACE)
add_library(qpas_link_flags INTERFACE)

target_compile_options(qpas_flags INTERFACE
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wwrite-strings
	-Wmissing-prototypes -Wstrict-prototypes -Wbad-function-cast -Wundef -Wformat=2 -Wvla
	-Wcast-align -Wdouble-promotion
	$<$<BOOL:${QPAS_WERROR}>:-Werror>)

foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection=full)
	string(MAKE_C_IDENTIFIER "QPAS_HAS${flag}" known)
	check_c_compiler_flag("-Werror ${flag}" ${known})
	if(${known})
		# With its own name, so that the freestanding archive can leave them out.
		list(APPEND QPAS_HARDENING_FLAGS ${flag})
	endif()
endforeach()
target_compile_options(qpas_flags INTERFACE
	$<$<NOT:$<BOOL:$<TARGET_PROPERTY:QPAS_BARE>>>:${QPAS_HARDENING_FLAGS}>)
target_link_options(qpas_link_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)

if(QPAS_SANITIZERS)
	# Redzones make frames larger and confuse flow analysis: those two warnings belong to the
	# plain builds. Fortified calls would hide what the sanitizers look for.
	target_compile_options(qpas_flags INTERFACE $<$<NOT:$<BOOL:$<TARGET_PROPERTY:QPAS_BARE>>>:
		-fsanitize=${QPAS_SANITIZERS} -fno-sanitize-recover=all -fno-omit-frame-pointer>)
	target_link_options(qpas_link_flags INTERFACE -fsanitize=${QPAS_SANITIZERS})
else()
	target_compile_options(qpas_flags INTERFACE -Wframe-larger-than=2047 -Wnull-dereference)
	target_compile_definitions(qpas_flags INTERFACE
		$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:_FORTIFY_SOURCE=2>)
	target_link_options(qpas_link_flags INTERFACE -Wl,-z,defs)
endif()
