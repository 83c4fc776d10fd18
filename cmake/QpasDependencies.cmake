# SPDX-License-Identifier: BSD-3-Clause
# Libraries that libqpas is linked with. None of them appears in a public header.
find_package(PkgConfig REQUIRED)

# Debian 12's libfdt-dev has no pkg-config file: FindQpasFdt searches by name.
find_package(QpasFdt REQUIRED)

# PREFIX=PACKAGE pairs: searched here, and again for users of the static library.
set(QPAS_STATIC_MODULES QPAS_ELF=libelf QPAS_CRYPTO=libcrypto QPAS_LZMA=liblzma QPAS_ZSTD=libzstd)
foreach(module IN LISTS QPAS_STATIC_MODULES)
	string(REPLACE "=" ";" module "${module}")
	list(GET module 0 prefix)
	list(GET module 1 package)
	pkg_check_modules(${prefix} REQUIRED IMPORTED_TARGET ${package})
	list(APPEND QPAS_PC_REQUIRES ${package})
endforeach()
list(JOIN QPAS_PC_REQUIRES " " QPAS_PC_REQUIRES)
if(QPAS_CRYPTO_VERSION VERSION_LESS 3.0)
	message(FATAL_ERROR "libcrypto ${QPAS_CRYPTO_VERSION} is too old: OpenSSL 3.0 is needed (Debian: libssl-dev)")
endif()

if(QPAS_BUILD_TOOLS)
	pkg_check_modules(QPAS_JSON REQUIRED IMPORTED_TARGET json-c)
endif()
if(QPAS_BUILD_TESTS)
	pkg_check_modules(QPAS_CMOCKA REQUIRED IMPORTED_TARGET cmocka)
endif()
