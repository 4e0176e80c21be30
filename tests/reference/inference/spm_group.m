# SPDX-License-Identifier: Apache-2.0
# Makes spm_group.json: what spm_dcm_peb and spm_dcm_peb_bmc say of made-up fits of one
# model to 14 subjects, for GNU Octave.
#   SPM_DIR=... octave --no-gui -q spm_group.m
1;
addpath(getenv('SPM_DIR'));
warning('off', 'all');
spm_get_defaults('cmdline', true);
spm_get_defaults('dcm.verbose', false);

function put(file, key, numbers)
  text = sprintf('%.17g, ', full(numbers(:)));
  fprintf(file, '  "%s": [%s],\n', key, text(1:end - 2));
end

% Numbers that anyone can make again: the fractional parts of multiples of the golden ratio.
function x = spread_out(n, from)
  x = mod((from + (1:n)') * (sqrt(5) - 1) / 2, 1) - 0.5;
end

S = 14;  H = 4;
X = [ones(S, 1), spread_out(S, 3), double(mod(1:S, 3) == 0)'];
X(:, 2:3) = X(:, 2:3) - mean(X(:, 2:3));
pE = struct('A', [1/128; 1/128], 'B', [0; 0], 'C', 0.1);
pC = struct('A', [1/64; 1/64], 'B', [1; 1], 'C', 1/16);
truth = [0.2 0 0; -0.05 0.1 0; 0.4 1.5 0.3; 0 0 0; 0.2 0 0]';
GCM = cell(S, 1);
for s = 1:S
  A = reshape(spread_out(25, 25 * s), 5, 5);
  prior = spm_vec(pC);
  Cp = diag(prior .* [0.3 0.4 0.1 0.2 0.5]') ^ 0.5;
  Cp = Cp * (eye(5) + 0.4 * (A * A')) * Cp / 1.5;
  Ep = (X(s, :) * truth)' + 0.6 * sqrt(prior) .* spread_out(5, 400 + 5 * s);
  DCM = struct('F', -100 - s);
  DCM.M = struct('pE', pE, 'pC', pC);
  DCM.Ep = spm_unvec(Ep, pE);
  DCM.Cp = Cp;
  GCM{s} = DCM;
end
M = struct('X', X, 'Q', 'all', 'maxit', 4096);
[PEB, RCM] = spm_dcm_peb(GCM, M, {'A', 'B'});
K = logical([1 1 1 1; 1 1 1 0; 1 1 0 0; 0 1 1 0; 0 0 0 0]);
[BMA, BMR] = spm_dcm_peb_bmc(PEB, K);

file = fopen('spm_group.json', 'w');
fprintf(file, '{\n');
put(file, 'design', X);
prior_mean = spm_vec(pE);  prior_variance = spm_vec(pC);
put(file, 'prior_mean', prior_mean(1:H));
put(file, 'prior_variance', prior_variance(1:H));
means = [];  covariances = [];  reduced = [];  sds = [];
for s = 1:S
  Ep = spm_vec(GCM{s}.Ep);  Sp = spm_vec(RCM{s}.Ep);  v = diag(RCM{s}.Cp);
  means = [means, Ep(1:H)];
  covariances = [covariances, GCM{s}.Cp(1:H, 1:H)];
  reduced = [reduced, Sp(1:H)];  sds = [sds, sqrt(v(1:H))];
end
put(file, 'subject_means', means);
put(file, 'subject_covariances', covariances);
put(file, 'subject_free_energy', cellfun(@(d) d.F, GCM));
put(file, 'subject_means_in_group', reduced);
put(file, 'subject_sds_in_group', sds);
put(file, 'effects', PEB.Ep);
put(file, 'effects_covariance', PEB.Cp);
put(file, 'variance', diag(PEB.Ce));
put(file, 'log_factor_sd', sqrt(diag(PEB.Ch)));
put(file, 'models_on', double(K));
put(file, 'models_change', BMA.F);
put(file, 'models_probability', BMA.P);
fprintf(file, '  "free_energy": %.17g\n}\n', full(PEB.F));
fclose(file);
