* NMOS of the membrane's leak (MN5), BSIM3v3.3: ngspice level 8.
*
* The card of nmos.mod with the threshold vth0_leak (V) of the variant: 0.35 V in
* variant A, where 0.1 V on the gate must leave 17 nS; the 0.65 V of the ordinary
* transistor in variant B, where it works in the triode region.
* Held by netlists/bench/lif_a.cir and lif_b.cir.
.model nmos_lowvt nmos level=8 version=3.3.0
+ tox=13.9n nch=1.7e17 nfactor=1 voff=-0.1
+ vth0={vth0_leak} k1=0.88 k2=-0.0186 u0=460 vsat=1.5e5
